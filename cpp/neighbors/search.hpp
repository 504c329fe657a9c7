// What searches are asked and what they answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/matrix_view.hpp"
#include "neighbors/metric.hpp"
#include "neighbors/neighbor.hpp"

namespace hornbeam::neighbors {

// Queries, and for each a row of the base that is not told to it (its own), or kNoRow; no data: tell all.
template <typename Q>
struct Queries {
    MatrixView<const Q> values;
    VectorView<const std::int64_t> own_row;

    [[nodiscard]] std::size_t size() const { return values.n_rows; }
    [[nodiscard]] std::uint32_t own(std::size_t i) const {
        return own_row.data == nullptr || own_row[i] < 0 ? kNoRow : static_cast<std::uint32_t>(own_row[i]);
    }
};

// Of each query its k nearest rows, nearest first.
struct NearestAnswer {
    MatrixView<double> distance;
    MatrixView<std::int64_t> row;

    void write(const Metric& metric, std::size_t query, std::span<const Neighbor> nearest) const {
        for (std::size_t i = 0; i < nearest.size(); ++i) {
            distance(query, i) = metric.distance(nearest[i].distance);
            row(query, i) = nearest[i].row;
        }
    }
};

// Of query i the rows from begin[i] to begin[i + 1].
struct RadiusAnswer {
    std::vector<std::int64_t> begin;
    std::vector<double> distance;
    std::vector<std::int64_t> row;
};

}  // namespace hornbeam::neighbors
