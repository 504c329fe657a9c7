// The keyword arguments of Trainer, checked.
#pragma once

#include <pybind11/pybind11.h>

#include "boosting/trainer.hpp"

namespace hornbeam {

// Throws TypeError for a name that is none, ValueError for a value that is out of range.
[[nodiscard]] boosting::TrainOptions train_options(const pybind11::kwargs& arguments);

}  // namespace hornbeam
