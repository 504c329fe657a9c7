// Bin edges of one column: midpoints between neighbouring distinct values, at equal-mass positions if there are
// more values than bins (docs/boosting.md §2).
//
// All values take part (no sampling) and masses are integers, so the edges depend neither on the order of the rows
// nor on threads, and an integer weight k acts exactly as k copies.
#pragma once

#include <cstddef>
#include <cstdint>
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
};

// Finds the edges of one column after another, keeping its buffers. Float is float or double.
template <typename Float>
class EdgeFinder {
  public:
    // weight: one per row with a sum below 2^54, or null for 1 each.
    [[nodiscard]] ColumnEdges find(VectorView<const Float> column, const std::uint64_t* weight, std::size_t max_bins);

  private:
    using Key = OrderedBits<Float>;

    std::vector<Key> keys_;
    std::vector<Key> spare_keys_;
    std::vector<WeightedKey<Key>> items_;
    std::vector<WeightedKey<Key>> spare_items_;
};

extern template class EdgeFinder<float>;
extern template class EdgeFinder<double>;

}  // namespace hornbeam
