#include "boosting/link.hpp"

#include <vector>

#include "boosting/tree.hpp"
#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

void exp_link(std::span<double> raw) {
    simd::active().exp(raw.data(), raw.data(), raw.size());
    for (double& x : raw) x = clipped_to_finite(x);
}

void binary_link(std::span<double> raw, double* probabilities) {
    simd::active().sigmoid(raw.data(), raw.data(), raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        probabilities[2 * i] = 1.0 - raw[i];
        probabilities[2 * i + 1] = raw[i];
    }
}

void softmax_link(std::span<const double> raw, std::size_t n_outputs, double* probabilities) {
    const std::size_t n = raw.size() / n_outputs;
    std::vector<double> by_output(raw.size());
    simd::active().softmax(raw.data(), by_output.data(), n, n_outputs, n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < n_outputs; ++k) probabilities[i * n_outputs + k] = by_output[k * n + i];
}

}  // namespace hornbeam::boosting
