// Gauss-Legendre quadrature on [0, 1]: n points integrate every polynomial of degree 2n - 1 exactly.
//
// The points are the roots of the Legendre polynomial P_n, found by Newton's method on its three-term recurrence, and the
// weights 2 / ((1 - x^2) P_n'(x)^2) (Abramowitz & Stegun, 25.4.29), both moved from [-1, 1]. Plain arithmetic alone, so that
// every machine has the same bits.
#pragma once

#include <cstddef>
#include <vector>

namespace hornbeam::boosting {

struct GaussLegendre {
    std::vector<double> point;
    std::vector<double> complement;  // 1 - point
    std::vector<double> weight;      // their sum is 1

    explicit GaussLegendre(std::size_t n_points);

    [[nodiscard]] std::size_t size() const { return point.size(); }
};

}  // namespace hornbeam::boosting
