// The keyword arguments of Trainer, checked.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>

#include "boosting/objective.hpp"
#include "boosting/trainer.hpp"

namespace hornbeam {

struct TrainArguments {
    boosting::TrainOptions options;
    std::unique_ptr<boosting::Objective> objective;
};

// Throws TypeError for a name that is none, ValueError for a value that is out of range.
[[nodiscard]] TrainArguments read_arguments(const pybind11::kwargs& arguments);

}  // namespace hornbeam
