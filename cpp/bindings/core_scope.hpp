// Around array work: the GIL is released and the floating-point environment is the default one.
//
// Only C++ objects may be touched inside: views of arrays that the caller keeps alive, and models, which are immutable.
#pragma once

#include <pybind11/pybind11.h>

#include "common/float_environment.hpp"

namespace hornbeam {

struct CoreScope {
    pybind11::gil_scoped_release release;
    DefaultFloatEnvironment environment;
};

}  // namespace hornbeam
