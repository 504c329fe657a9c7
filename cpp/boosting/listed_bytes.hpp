// The bytes of listed columns (feature_columns.hpp), stored twice:
//
//   by row:      row i has cells[row_begin[i]] to cells[row_begin[i + 1]], ascending; a cell is where a histogram that begins
//                with the first listed column adds up the byte
//   by feature:  its rows, ascending, each with its byte; the partition reads one feature of many rows
//
// Byte 0, which says zero, is not stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "boosting/edge_table.hpp"
#include "boosting/feature_columns.hpp"
#include "common/aligned_buffer.hpp"
#include "common/parallel.hpp"
#include "common/sparse_columns.hpp"

namespace hornbeam::boosting {

class ListedBytes {
  public:
    ListedBytes() = default;

    // edges: an entry for each feature.
    template <typename Float>
    ListedBytes(const SparseColumns<Float>& X, const FeatureColumns& columns, const EdgeTable& edges,
                parallel::ThreadLimit threads);

    [[nodiscard]] std::size_t size() const { return cells_.size(); }
    [[nodiscard]] const std::size_t* row_begin() const { return row_begin_.data(); }
    [[nodiscard]] const std::uint32_t* cells() const { return cells_.data(); }

    // Of a feature in listed column `column`, counted from the first one.
    [[nodiscard]] std::uint8_t byte(std::size_t row, std::size_t column, const SharedBytes& bytes) const;

    // Writes the bytes of a feature in n rows from `first` on to to[row - first], which is zero wherever it has none; clear()
    // makes it zero again.
    void write(std::size_t feature, std::size_t first, std::size_t n, std::uint8_t* to) const;
    void clear(std::size_t feature, std::size_t first, std::size_t n, std::uint8_t* to) const;

  private:
    void sort_by_row(const FeatureColumns& columns, std::size_t n_rows);
    // f(place) for those of a feature in these rows.
    template <typename F>
    void for_each(std::size_t feature, std::size_t first, std::size_t n, F&& f) const;

    std::vector<std::size_t> feature_begin_;
    std::vector<std::uint32_t> rows_;
    std::vector<std::uint8_t> bytes_;
    std::vector<std::size_t> row_begin_;
    std::vector<std::uint32_t> cells_;
};

}  // namespace hornbeam::boosting
