// From raw scores to what an estimator answers. Raw scores stand by output, raw[output * n + row], answers by row.
#pragma once

#include <cstddef>
#include <span>

namespace hornbeam::boosting {

// The mean that a logarithm says, in place. Finite, as every prediction is.
void exp_link(std::span<double> raw);

// 1 - sigmoid(raw) and sigmoid(raw) of each row. Overwrites raw by the latter.
void binary_link(std::span<double> raw, double* probabilities);

// exp(raw) over the sum over the outputs of the row.
void softmax_link(std::span<const double> raw, std::size_t n_outputs, double* probabilities);

}  // namespace hornbeam::boosting
