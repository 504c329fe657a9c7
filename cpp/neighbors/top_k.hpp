// The k nearest of all neighbours that it is shown, in any order of showing.
//
// Those that may still count are collected, and all but the k nearest dropped whenever there are twice as many: a constant
// amount of work each, for any k.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "neighbors/neighbor.hpp"

namespace hornbeam::neighbors {

class TopK {
  public:
    explicit TopK(std::size_t k) : k_(k) {}

    // Whoever is farther away is none of them. Whoever is as far may be one.
    [[nodiscard]] double limit() const { return limit_; }

    // Holds it unless it is beyond the limit. NaN is.
    void show(const Neighbor& neighbor) {
        if (!(neighbor.distance <= limit_)) return;
        held_.push_back(neighbor);
        if (held_.size() == capacity()) drop();
    }

    // Brings the limit down to what was shown so far, if that was enough.
    void settle() {
        if (held_.size() >= k_) drop();
    }

    // The k nearest, nearest first; fewer if fewer were shown.
    [[nodiscard]] const std::vector<Neighbor>& sorted() {
        if (held_.size() > k_) drop();
        std::sort(held_.begin(), held_.end());
        return held_;
    }

  private:
    static constexpr std::size_t kSpare = 32;

    [[nodiscard]] std::size_t capacity() const { return 2 * k_ + kSpare; }

    void drop() {
        const auto last = held_.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
        std::nth_element(held_.begin(), last, held_.end());
        limit_ = last->distance;
        held_.resize(k_);
    }

    std::size_t k_;
    double limit_ = std::numeric_limits<double>::infinity();
    std::vector<Neighbor> held_;
};

}  // namespace hornbeam::neighbors
