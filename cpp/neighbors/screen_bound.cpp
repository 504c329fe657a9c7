#include "neighbors/screen_bound.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hornbeam::neighbors {

namespace {

// For what is rounded in this file.
constexpr double kSlack = 0x1p-40;

}  // namespace

ScreenBound::ScreenBound(const ScreenSpace& space, const Panels& panels, const ScreenSpace::Image& query)
    : square_(query.norm * query.norm),
      image_error_(query.error + panels.largest_error()),
      exponent_(space.exponent()) {
    // A score adds as many products as there are coordinates to -|y|^2 / 2, which was rounded itself.
    const double n = static_cast<double>(space.width()) + 3.0;
    const double gamma = n * 0x1p-24 / (1.0 - n * 0x1p-24);
    const double largest = panels.largest_norm();
    score_error_ = gamma * (query.norm * largest + largest * largest / 2) + n * 0x1p-149;
    distance_error_ = (static_cast<double>(space.width()) + 8.0) * 0x1p-52;
}

float ScreenBound::least_score(double reduced) const {
    constexpr float kLowest = std::numeric_limits<float>::lowest();
    const double distance = std::sqrt(std::ldexp(reduced, 2 * exponent_) * (1.0 + distance_error_)) + image_error_;
    const double square = distance * distance;
    const double score = (square_ - square) / 2 - score_error_ - kSlack * (square_ + square);
    // Not below the lowest, and not for NaN, of infinities.
    return score > static_cast<double>(kLowest) ? std::nextafter(static_cast<float>(score), kLowest) : kLowest;
}

double ScreenBound::most_distance(float score) const {
    const double square = square_ - 2.0 * static_cast<double>(score) + 2.0 * score_error_;
    const double distance = std::sqrt(std::max(square, 0.0)) + image_error_;
    return std::ldexp(distance * distance * (1.0 + distance_error_ + kSlack), -2 * exponent_);
}

}  // namespace hornbeam::neighbors
