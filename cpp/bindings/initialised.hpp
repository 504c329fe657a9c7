// Bound objects that live in a shared pointer only: pybind11 neither makes nor frees their memory.
//
// For an object whose __init__ and __setstate__ were both bypassed (Class.__new__(Class), a pickle without state),
// pybind11 would allocate raw memory and call methods on it. Where it runs out of memory between taking a new object and
// taking its shared pointer, it would free what the pointer owns. It asks the class for both, and this one does neither;
// our own objects come from std::make_shared, which does not ask.
#pragma once

#include <cstddef>

#include "common/error.hpp"

namespace hornbeam {

template <typename T>
class Initialised final : public T {
  public:
    using T::T;

    static void* operator new(std::size_t) { throw std::invalid_argument("the object was never initialised"); }
    static void operator delete(void*) {}
};

}  // namespace hornbeam
