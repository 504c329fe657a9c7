// How likely each row is drawn under minimal variance sampling (Ibragimov & Gusev 2019; docs/boosting.md §10):
//
//   p = min(1, s / mu),   s^2 = sum over outputs of g^2 + lambda h^2,   mu such that sum p is the wanted number
//
// which, of all probabilities with that sum, gives the sums of leaves nearly the least variance. lambda is the square of a
// typical Newton step, (mean |g| / mean h)^2, so neither the scale of the targets nor that of the weights matters.
//
// Rows are put into classes by s^2 rounded to six bits. Their numbers are integers, so mu follows from one pass over the rows
// in any order, and what rounding loses is of second order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "boosting/row_weights.hpp"
#include "common/parallel.hpp"

namespace hornbeam::boosting {

class RowImportance {
  public:
    // Keeps the reference.
    RowImportance(const RowWeights& weights, parallel::ThreadLimit threads) : weights_(weights), threads_(threads) {}

    // Finds class_of (each row) and probability (each class) for an expected number of rows. g, h: [n_outputs][n_rows]; no h: 1.
    // Throws unless they are finite.
    void find(std::span<const double> g, std::span<const double> h, double n_wanted,
              std::vector<std::uint16_t>& class_of, std::vector<double>& probability) const;

  private:
    // What brings a gradient below 1, and a hessian next to it.
    struct Units {
        int gradient;
        int hessian;
        double ratio;
    };

    [[nodiscard]] Units units(std::span<const double> g, std::span<const double> h) const;
    // How many rows each class has.
    [[nodiscard]] std::vector<std::uint32_t> classify(std::span<const double> g, std::span<const double> h,
                                                      std::vector<std::uint16_t>& class_of) const;

    const RowWeights& weights_;
    parallel::ThreadLimit threads_;
};

}  // namespace hornbeam::boosting
