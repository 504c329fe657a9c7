// hornbeam._core: bindings translate, they never compute.
#include <pybind11/pybind11.h>

#include "bindings/register.hpp"
#include "common/error.hpp"
#include "simd/cpu.hpp"

namespace py = pybind11;

PYBIND11_MODULE(_core, m, py::mod_gil_not_used()) {
    m.doc() = "Compiled core of hornbeam.";
    py::register_local_exception<hornbeam::ModelFormatError>(m, "ModelFormatError", PyExc_ValueError);
    hornbeam::register_runtime(m);
    hornbeam::register_boosting(m);
    hornbeam::register_neighbors(m);
    hornbeam::register_testing(m);
    hornbeam::register_boosting_testing(m);
    // An impossible HORNBEAM_SIMD fails here, at import, instead of at the first kernel.
    static_cast<void>(hornbeam::simd::active());
}
