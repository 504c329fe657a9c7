// Bin edges of one column: midpoints between neighbouring distinct values, at equal-mass positions if there are
// more values than bins (docs/boosting.md §2).
//
// All values take part (no sampling) and masses are integers, so the edges depend neither on the order of the rows
// nor on threads, and an integer weight k acts exactly as k copies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/matrix_view.hpp"
#include "common/radix_sort.hpp"

namespace hornbeam {

// a <= midpoint(a, b) < b for a < b, infinities included.
[[nodiscard]] double midpoint(double a, double b);

template <typename Key>
struct WeightedKey {
    Key key;
    std::uint64_t weight;
};

struct ColumnEdges {
    std::vector<double> edges;
    bool has_missing = false;
    // A bit for each row whose value is not zero, missing ones included; empty if nearly all are.
    std::vector<std::uint64_t> nonzero;
};

// Finds the edges of a few columns at a time, keeping its buffers. Columns of one matrix are read side by side, because
// neighbours lie in one cache line. Float is float or double.
template <typename Float>
class EdgeFinder {
  public:
    // weight: one per row with a sum below 2^54, or null for 1 each.
    [[nodiscard]] std::vector<ColumnEdges> find(std::span<const VectorView<const Float>> columns,
                                                const std::uint64_t* weight, std::size_t max_bins);

    // The same of a column that is zero but for these values in these rows; `nonzero` stays empty. total_weight: of all rows.
    [[nodiscard]] ColumnEdges find_sparse(std::span<const Float> values, std::span<const std::uint32_t> rows,
                                          const std::uint64_t* weight, std::uint64_t total_weight,
                                          std::size_t max_bins);

  private:
    using Key = OrderedBits<Float>;
    using Item = WeightedKey<Key>;

    // What is known of a column while its rows are read; its values but zeros are keys, or items if there are weights.
    struct Reading {
        std::vector<Key> keys;
        std::vector<Item> items;
        std::vector<std::uint64_t> nonzero;
        std::size_t n_kept;
        std::size_t n_missing;
        std::uint64_t zeros;  // their mass

        void start(std::size_t n_rows, bool weighted);
        void read(VectorView<const Float> column, const std::uint64_t* weight, std::size_t begin, std::size_t end);
        // Returns whether it is not zero.
        bool read(Float x, std::uint64_t weight, bool weighted);
        void finish(bool weighted);
    };

    [[nodiscard]] std::vector<double> edges(Reading& column, bool weighted, std::size_t max_bins);
    // The sorted keys and the zeros, which are many, as items.
    void make_items(const std::vector<Key>& keys, std::uint64_t zeros);

    std::vector<Reading> columns_;
    std::vector<Key> spare_keys_;
    std::vector<Item> items_;
    std::vector<Item> spare_items_;
};

extern template class EdgeFinder<float>;
extern template class EdgeFinder<double>;

}  // namespace hornbeam
