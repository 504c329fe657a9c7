// _core.testing: the common core seen from the test suite. Not part of the public interface.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "bindings/register.hpp"
#include "common/aligned_buffer.hpp"
#include "common/error.hpp"
#include "common/float_environment.hpp"
#include "common/math.hpp"
#include "common/parallel.hpp"
#include "common/random.hpp"
#include "common/running_moments.hpp"

namespace py = pybind11;

namespace hornbeam {
namespace {

using Float64 = py::array_t<double, py::array::c_style>;
using UInt32 = py::array_t<std::uint32_t, py::array::c_style>;

template <double (*function)(double)>
Float64 map(const Float64& x) {
    const DefaultFloatEnvironment environment;
    Float64 out(x.size());
    std::transform(x.data(), x.data() + x.size(), out.mutable_data(), function);
    return out;
}

void work_for(double milliseconds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double, std::milli>(milliseconds);
    while (std::chrono::steady_clock::now() < end) continue;
}

// How often each chunk was visited, and by which worker last.
std::pair<UInt32, UInt32> run_region(std::size_t n_chunks, std::size_t n_threads, double chunk_ms,
                                     std::optional<std::size_t> failing_chunk) {
    UInt32 visits(static_cast<py::ssize_t>(n_chunks));
    UInt32 workers(static_cast<py::ssize_t>(n_chunks));
    std::uint32_t* visit = visits.mutable_data();
    std::uint32_t* worker_of = workers.mutable_data();
    std::fill_n(visit, n_chunks, 0U);
    {
        const py::gil_scoped_release nogil;
        parallel::for_chunks(n_chunks, {n_threads}, [&](std::size_t chunk, std::size_t worker) {
            ++visit[chunk];
            worker_of[chunk] = static_cast<std::uint32_t>(worker);
            work_for(chunk_ms);
            check<std::runtime_error>(chunk != failing_chunk, "chunk {} failed", chunk);
        });
    }
    return {visits, workers};
}

// The same for a region of `inner` chunks inside each of `outer` chunks, as (outer, inner) matrices.
std::pair<UInt32, UInt32> run_nested_region(std::size_t outer, std::size_t inner) {
    const std::array<std::size_t, 2> shape{outer, inner};
    UInt32 visits(shape);
    UInt32 workers(shape);
    std::uint32_t* visit = visits.mutable_data();
    std::uint32_t* worker_of = workers.mutable_data();
    std::fill_n(visit, outer * inner, 0U);
    {
        const py::gil_scoped_release nogil;
        parallel::for_chunks(outer, {}, [&](std::size_t row, std::size_t) {
            parallel::for_chunks(inner, {}, [&](std::size_t column, std::size_t worker) {
                ++visit[row * inner + column];
                worker_of[row * inner + column] = static_cast<std::uint32_t>(worker);
            });
        });
    }
    return {visits, workers};
}

// The ranges that for_ranges hands out, in order.
std::vector<std::pair<std::size_t, std::size_t>> ranges(std::size_t size, std::size_t grain) {
    std::vector<std::pair<std::size_t, std::size_t>> found;
    parallel::for_ranges(size, grain, {1}, [&](std::size_t begin, std::size_t end) { found.emplace_back(begin, end); });
    return found;
}

// How far from the start of a cache line a buffer of n numbers begins; it is given back at once and never touched.
std::size_t buffer_offset(std::size_t n) {
    const AlignedBuffer<std::int64_t> buffer(n, AlignedBuffer<std::int64_t>::Uninitialised{});
    return reinterpret_cast<std::uintptr_t>(buffer.data()) % 64;
}

// A serial loop that polls.
void poll_for(double milliseconds) {
    const py::gil_scoped_release nogil;
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double, std::milli>(milliseconds);
    while (std::chrono::steady_clock::now() < end) parallel::poll();
}

}  // namespace

void register_testing(py::module_& m) {
    py::module_ testing = m.def_submodule("testing", "The common core, for the test suite.");

    testing.def("exp", &map<math::exp>, py::arg("x").noconvert());
    testing.def("log", &map<math::log>, py::arg("x").noconvert());
    testing.def("log1p_exp", &map<math::log1p_exp>, py::arg("x").noconvert());
    testing.def("sigmoid", &map<math::sigmoid>, py::arg("x").noconvert());

    testing.def("philox4x32", &philox4x32, py::arg("counter"), py::arg("key"));
    testing.def(
        "random_u64",
        [](std::uint64_t seed, std::uint32_t purpose, std::uint32_t item_a, std::uint64_t item_b) {
            return random_u64(seed, static_cast<Purpose>(purpose), item_a, item_b);
        },
        py::arg("seed"), py::arg("purpose"), py::arg("item_a"), py::arg("item_b"));

    py::class_<RunningMoments>(testing, "RunningMoments")
        .def(py::init<>())
        .def("add", &RunningMoments::add, py::arg("value"), py::arg("weight") = 1.0)
        .def("merge", &RunningMoments::merge, py::arg("other"))
        .def("variance", &RunningMoments::variance, py::arg("ddof") = 0.0)
        .def_property_readonly("count", &RunningMoments::count)
        .def_property_readonly("weight", &RunningMoments::weight)
        .def_property_readonly("mean", &RunningMoments::mean)
        .def_property_readonly("m2", &RunningMoments::m2);

    testing.def("set_core_cap", &parallel::set_core_cap, py::arg("n_cores"));
    testing.def("last_region_workers", &parallel::last_region_workers);
    testing.def("run_region", &run_region, py::arg("n_chunks"), py::arg("n_threads") = 0, py::kw_only(),
                py::arg("chunk_ms") = 0.0, py::arg("failing_chunk") = py::none());
    testing.def("run_nested_region", &run_nested_region, py::arg("outer"), py::arg("inner"));
    testing.def("ranges", &ranges, py::arg("size"), py::arg("grain"));
    testing.def("buffer_offset", &buffer_offset, py::arg("n"));
    testing.def("poll_for", &poll_for, py::arg("milliseconds"));
}

}  // namespace hornbeam
