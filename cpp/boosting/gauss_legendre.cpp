#include "boosting/gauss_legendre.hpp"

#include <cmath>

#include "common/parallel.hpp"

namespace hornbeam::boosting {

namespace {

// For angles in [0, pi/2], where 12 terms of Taylor's series leave less than the last digits.
double cosine(double angle) {
    double sum = 1.0;
    double term = 1.0;
    for (int k = 1; k <= 12; ++k) {
        term *= -angle * angle / (2 * k * (2 * k - 1));
        sum += term;
    }
    return sum;
}

struct Legendre {
    double value;
    double derivative;
};

// P_n at x inside (-1, 1).
Legendre legendre(std::size_t n, double x) {
    double last = 1.0;
    double value = x;
    for (std::size_t k = 2; k <= n; ++k) {
        const auto m = static_cast<double>(k);
        const double next = ((2.0 * m - 1.0) * x * value - (m - 1.0) * last) / m;
        last = value;
        value = next;
    }
    return {value, static_cast<double>(n) * (last - x * value) / (1.0 - x * x)};
}

}  // namespace

GaussLegendre::GaussLegendre(std::size_t n_points) : point(n_points), complement(n_points), weight(n_points) {
    constexpr double kPi = 3.14159265358979323846;
    for (std::size_t i = 0; i < (n_points + 1) / 2; ++i) {
        parallel::poll();
        const std::size_t mirrored = n_points - 1 - i;
        // Tricomi's estimate is so near that Newton's steps shrink quadratically from the first on.
        double x = cosine(kPi * (static_cast<double>(i) + 0.75) / (static_cast<double>(n_points) + 0.5));
        if (i == mirrored) x = 0.0;
        Legendre p = legendre(n_points, x);
        for (int step = 0; step < 8 && i != mirrored; ++step) {
            const double delta = p.value / p.derivative;
            x -= delta;
            p = legendre(n_points, x);
            if (std::fabs(delta) < 1e-10) break;
        }
        point[i] = complement[mirrored] = 0.5 * (1.0 + x);
        point[mirrored] = complement[i] = 0.5 * (1.0 - x);
        weight[i] = weight[mirrored] = 1.0 / ((1.0 - x * x) * p.derivative * p.derivative);
    }
}

}  // namespace hornbeam::boosting
