// Bound objects that cannot be used before they are initialised.
//
// For an object whose __init__ and __setstate__ were both bypassed (Class.__new__(Class), a pickle without state),
// pybind11 would allocate raw memory and call methods on it. It asks the class for that memory, and this one has none to
// give; our own objects come from std::make_shared, which does not ask.
#pragma once

#include <cstddef>

#include "common/error.hpp"

namespace hornbeam {

template <typename T>
class Initialised final : public T {
  public:
    using T::T;

    static void* operator new(std::size_t) { throw std::invalid_argument("the object was never initialised"); }
};

}  // namespace hornbeam
