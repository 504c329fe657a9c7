// Where pairs are screened: rows minus a centre, times a power of two that brings the largest coordinate below 1, in float32.
//
// Off centre |q| |y| would be far larger than |q - y|^2, and a bound on their rounding errors of no use.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "neighbors/row_table.hpp"

namespace hornbeam::neighbors {

class ScreenSpace {
  public:
    template <typename T>
    ScreenSpace(const RowTable<T>& rows, parallel::ThreadLimit threads);

    // Whether the bounds below hold for the rows.
    [[nodiscard]] bool is_usable() const { return is_usable_; }
    [[nodiscard]] std::size_t width() const { return centre_.size(); }

    // Lengths in this space are those of the table times 2^exponent.
    [[nodiscard]] int exponent() const { return exponent_; }

    struct Image {
        double norm;   // of what was written
        double error;  // how far that is from the true image, at most
    };
    // Writes the image of a row, coordinates `stride` apart.
    template <typename X>
    Image map(const X& row, float* to, std::size_t stride) const;

    // Images of queries beyond this norm may leave the range of float32.
    static constexpr double kLargestNorm = 0x1p50;

  private:
    std::vector<double> centre_;
    int exponent_ = 0;
    double scale_ = 1.0;
    bool is_usable_ = false;
};

template <typename X>
ScreenSpace::Image ScreenSpace::map(const X& row, float* to, std::size_t stride) const {
    double squares = 0.0;
    for (std::size_t j = 0; j < centre_.size(); ++j) {
        const auto z = static_cast<float>((static_cast<double>(row[j]) - centre_[j]) * scale_);
        to[j * stride] = z;
        squares += static_cast<double>(z) * static_cast<double>(z);
    }
    const double norm = std::sqrt(squares);
    // Half a unit in the last place of each coordinate, or half the smallest subnormal; and what float64 rounds.
    return {norm, norm * 0x1.001p-24 + std::sqrt(static_cast<double>(centre_.size())) * 0x1p-149};
}

}  // namespace hornbeam::neighbors
