// What monotonic constraints leave of the values in a subtree (docs/boosting.md §6).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "boosting/soft_threshold.hpp"
#include "common/quantile_edges.hpp"

namespace hornbeam::boosting {

// Of each feature: 1 if raw scores must not fall as it rises, -1 if they must not rise, else 0. Empty: nothing is asked.
using MonotoneSigns = std::vector<std::int8_t>;

// Throws unless there is one sign for each feature and one output.
void check_monotone(const MonotoneSigns& signs, std::size_t n_features, std::size_t n_outputs);

struct ValueBounds {
    double lower = -std::numeric_limits<double>::infinity();
    double upper = std::numeric_limits<double>::infinity();

    [[nodiscard]] double clip(double value) const { return std::clamp(value, lower, upper); }
    [[nodiscard]] bool are_infinite() const { return std::isinf(lower) && std::isinf(upper); }

    // On both sides of a split between two values; a sign of 0 orders nothing.
    [[nodiscard]] std::pair<ValueBounds, ValueBounds> of_children(int sign, double left, double right) const {
        if (sign == 0) return {*this, *this};
        const auto [a, b] = std::minmax({clip(left), clip(right)});
        const double middle = midpoint(a, b);
        const ValueBounds below{lower, middle};
        const ValueBounds above{middle, upper};
        return sign > 0 ? std::pair{below, above} : std::pair{above, below};
    }
};

// What one side of a split adds to the gain: twice the loss that its value saves (Chen & Guestrin 2016, eq. 4), and the
// magnitude that rounding is measured against. `denominator` is H + l2.
struct BoundedSide {
    double value;
    double term;
    double scale;

    BoundedSide(double gradient, double denominator, double l1, const ValueBounds& bounds) {
        const double kept = soft_threshold(gradient, l1);
        const double newton = -kept / denominator;
        value = bounds.clip(newton);
        term = scale = kept * kept / denominator;
        if (value == newton) return;
        const double linear = 2.0 * gradient * value;
        const double penalty = 2.0 * l1 * std::abs(value);
        const double square = denominator * value * value;
        term = -(linear + penalty + square);
        scale = std::abs(linear) + penalty + square;
    }
};

}  // namespace hornbeam::boosting
