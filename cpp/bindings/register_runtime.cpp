// Threads, SIMD level and build facts; Python's signals; and the C symbols that threadpoolctl looks for.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "bindings/register.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/thread_limits.hpp"
#include "simd/cpu.hpp"

#define HORNBEAM_EXPORT extern "C" __attribute__((visibility("default")))

HORNBEAM_EXPORT const char* hornbeam_version() { return HORNBEAM_VERSION; }

HORNBEAM_EXPORT int hornbeam_get_num_threads() { return static_cast<int>(hornbeam::parallel::get_num_threads()); }

// threadpoolctl restores the threads it found: where no limit of ours held, none may stay.
HORNBEAM_EXPORT void hornbeam_set_num_threads(int n_threads) {
    const auto wanted = static_cast<std::size_t>(std::max(0, n_threads));
    hornbeam::parallel::set_num_threads(wanted < hornbeam::parallel::surrounding_limit() ? wanted : 0);
}

namespace py = pybind11;

namespace hornbeam {
namespace {

// Only Python's main thread may run signal handlers. Known here, so that no other thread takes the GIL to find out.
std::atomic<unsigned long> g_main_thread{0};

void remember_main_thread() {
    g_main_thread.store(py::module_::import("threading").attr("main_thread")().attr("ident").cast<unsigned long>());
}

// Leaves the Python error set (KeyboardInterrupt, or what the user's handler raised) for the translator below.
void check_signals() {
    if (PyThread_get_thread_ident() != g_main_thread.load(std::memory_order_relaxed)) return;
    const py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw Interrupted();
}

void translate_interrupted(std::exception_ptr error) {  // NOLINT(performance-unnecessary-value-param): pybind11 asks
    try {
        if (error) std::rethrow_exception(error);
    } catch (const Interrupted&) {
        if (PyErr_Occurred() == nullptr) PyErr_SetNone(PyExc_KeyboardInterrupt);
    }
}

py::typing::Dict<py::str, py::str> build_info() {
    std::string levels;
    for (const std::string& level : simd::compiled_levels()) levels += (levels.empty() ? "" : " ") + level;
    py::typing::Dict<py::str, py::str> info;
    info["version"] = HORNBEAM_VERSION;
#if defined(__clang__)
    info["compiler"] = "Clang " __clang_version__;
#else
    info["compiler"] = "GCC " __VERSION__;
#endif
#ifdef NDEBUG
    info["build_type"] = "release";
#else
    info["build_type"] = "debug";
#endif
    info["simd_levels"] = levels;
    return info;
}

py::typing::Dict<py::str, py::int_> thread_limits() {
    py::typing::Dict<py::str, py::int_> limits;
    limits["environment"] = parallel::environment_threads();
    limits["affinity"] = parallel::affinity_cores();
    limits["quota"] = parallel::quota_cores();
    return limits;
}

}  // namespace

void register_runtime(py::module_& m) {
    remember_main_thread();
    // In a forked child the thread that called fork is the main one.
    py::module_::import("os").attr("register_at_fork")(py::arg("after_in_child") =
                                                           py::cpp_function(remember_main_thread));
    py::register_local_exception_translator(translate_interrupted);
    parallel::set_interrupt_hook(check_signals);

    m.def("set_num_threads", &parallel::set_num_threads, py::arg("n_threads"));
    m.def("get_num_threads", &parallel::get_num_threads);
    m.def("thread_limits", &thread_limits);
    m.def("simd_level", &simd::active_level);
    m.def("simd_levels", &simd::runnable_levels);
    m.def("set_simd_level", &simd::set_level, py::arg("level"));
    m.def("build_info", &build_info);
}

}  // namespace hornbeam
