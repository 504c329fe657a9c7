// One query of a screened search: the rows that may be among its nearest, until few enough are left to be measured.
#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <vector>

#include "neighbors/base.hpp"
#include "neighbors/screen_bound.hpp"
#include "neighbors/top_k.hpp"

namespace hornbeam::neighbors {

// Room for the rows that the screen lets pass.
class ScreenedRows {
  public:
    explicit ScreenedRows(std::size_t capacity) : score_(capacity), row_(capacity) {}

    [[nodiscard]] simd::ScreenSink sink() { return {score_.data(), row_.data(), 0, score_.size()}; }

  private:
    std::vector<float> score_;
    std::vector<std::uint32_t> row_;
};

// Keeps those rows of a sink that are wanted, in their order.
template <typename Wanted>
void keep(simd::ScreenSink& sink, Wanted wanted) {
    std::size_t n = 0;
    for (std::size_t i = 0; i < sink.size; ++i) {
        if (!wanted(sink.score[i], sink.row[i])) continue;
        sink.score[n] = sink.score[i];
        sink.row[n++] = sink.row[i];
    }
    sink.size = n;
}

// Measures the rows of a sink, shows them, and leaves it empty.
template <typename T>
void measure(DistancesTo<T>& distances, simd::ScreenSink& sink, std::vector<double>& scratch, TopK& top) {
    scratch.resize(std::max(scratch.size(), sink.size));
    distances.rows({sink.row, sink.size}, scratch.data());
    for (std::size_t i = 0; i < sink.size; ++i) top.show({scratch[i], sink.row[i]});
    sink.size = 0;
}

class NearestRows {
  public:
    NearestRows(const ScreenBound& bound, std::size_t k, std::uint32_t own_row)
        : bound_(bound), k_(k), own_row_(own_row), nearest_(k) {}

    // The least score that matters.
    [[nodiscard]] float limit() const { return limit_; }

    // Makes room. measure(top) shows all rows of the sink.
    template <typename Measure>
    void tidy(simd::ScreenSink& sink, Measure measure) {
        drop_far_rows(sink);
        if (2 * sink.size <= sink.capacity) return;
        // So many are as near as the screen can tell.
        measure(nearest_);
        nearest_.settle();
        lower(nearest_.limit());
    }

    template <typename Measure>
    [[nodiscard]] const std::vector<Neighbor>& finish(simd::ScreenSink& sink, Measure measure) {
        drop_far_rows(sink);
        measure(nearest_);
        return nearest_.sorted();
    }

  private:
    void drop_far_rows(simd::ScreenSink& sink) {
        keep(sink, [&](float, std::uint32_t row) { return row != own_row_; });
        if (sink.size >= k_) {
            scores_.assign(sink.score, sink.score + sink.size);
            const auto last = scores_.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
            std::nth_element(scores_.begin(), last, scores_.end(), std::greater<>());
            lower(bound_.most_distance(*last));
        }
        keep(sink, [&](float score, std::uint32_t) { return score >= limit_; });
    }

    // At least k rows are within this reduced distance.
    void lower(double reduced) {
        if (!(reduced < reduced_)) return;
        reduced_ = reduced;
        limit_ = bound_.least_score(reduced);
    }

    ScreenBound bound_;
    std::size_t k_;
    std::uint32_t own_row_;
    TopK nearest_;
    double reduced_ = std::numeric_limits<double>::infinity();
    float limit_ = std::numeric_limits<float>::lowest();
    std::vector<float> scores_;
};

}  // namespace hornbeam::neighbors
