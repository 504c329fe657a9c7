#include "common/quantile_edges.hpp"

#include <cmath>

#include "common/parallel.hpp"

namespace hornbeam {

namespace {

// Calls take(row) for every row whose value is not missing; returns whether any is.
template <typename Float, typename Take>
bool for_each_value(VectorView<const Float> column, Take&& take) {
    bool has_missing = false;
    parallel::for_strips(column.size, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            if (std::isnan(column[i]))
                has_missing = true;
            else
                take(i);
        }
    });
    return has_missing;
}

template <typename Float>
double value_of(OrderedBits<Float> key) {
    return static_cast<double>(from_ordered_bits<Float>(key)) + 0.0;  // -0.0 becomes 0.0
}

template <typename Float>
double value_of(const WeightedKey<OrderedBits<Float>>& item) {
    return value_of<Float>(item.key);
}

template <typename Key>
std::uint64_t weight_of(Key) {
    return 1;
}

template <typename Key>
std::uint64_t weight_of(const WeightedKey<Key>& item) {
    return item.weight;
}

// A cut after sorted item i, between its value and the next greater one.
template <typename Float, typename Item>
double edge_after(const std::vector<Item>& sorted, std::size_t i) {
    return midpoint(value_of<Float>(sorted[i]), value_of<Float>(sorted[i + 1]));
}

// The edges between all distinct values, or more than max_bins - 1 of them as soon as there are too many.
template <typename Float, typename Item>
std::vector<double> all_edges(const std::vector<Item>& sorted, std::size_t max_bins) {
    std::vector<double> edges;
    for (std::size_t i = 0; i + 1 < sorted.size() && edges.size() < max_bins; ++i)
        if (value_of<Float>(sorted[i]) != value_of<Float>(sorted[i + 1])) edges.push_back(edge_after<Float>(sorted, i));
    return edges;
}

// Bins as near as possible to an equal share of what is left: an edge falls before a value if the bin is no further from its
// share without it.
template <typename Float, typename Item>
std::vector<double> equal_mass_edges(const std::vector<Item>& sorted, std::size_t max_bins) {
    std::uint64_t rest = 0;
    for (const Item& item : sorted) rest += weight_of(item);
    std::uint64_t bins_left = max_bins;
    std::uint64_t mass = 0;
    std::vector<double> edges;
    for (std::size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
        std::uint64_t weight = 0;  // of all items of this value
        const double value = value_of<Float>(sorted[begin]);
        for (; end < sorted.size() && value_of<Float>(sorted[end]) == value; ++end) weight += weight_of(sorted[end]);
        if (mass > 0 && bins_left > 1 && (2 * mass + weight) * bins_left >= 2 * rest) {
            edges.push_back(edge_after<Float>(sorted, begin - 1));
            rest -= mass;
            mass = 0;
            --bins_left;
        }
        mass += weight;
    }
    return edges;
}

template <typename Float, typename Item>
std::vector<double> edges_of_sorted(const std::vector<Item>& sorted, std::size_t max_bins) {
    std::vector<double> edges = all_edges<Float>(sorted, max_bins);
    return edges.size() < max_bins ? edges : equal_mass_edges<Float>(sorted, max_bins);
}

}  // namespace

double midpoint(double a, double b) {
    double m = 0.5 * (a + b);
    if (!std::isfinite(m)) m = 0.5 * a + 0.5 * b;
    return a <= m && m < b ? m : a;
}

template <typename Float>
ColumnEdges EdgeFinder<Float>::find(VectorView<const Float> column, const std::uint64_t* weight, std::size_t max_bins) {
    ColumnEdges result;
    if (weight) {
        items_.clear();
        result.has_missing =
            for_each_value(column, [&](std::size_t i) { items_.push_back({ordered_bits(column[i]), weight[i]}); });
        radix_sort(items_, spare_items_, [](const WeightedKey<Key>& item) { return item.key; });
        result.edges = edges_of_sorted<Float>(items_, max_bins);
    } else {
        keys_.clear();
        result.has_missing = for_each_value(column, [&](std::size_t i) { keys_.push_back(ordered_bits(column[i])); });
        radix_sort(keys_, spare_keys_, [](Key key) { return key; });
        result.edges = edges_of_sorted<Float>(keys_, max_bins);
    }
    return result;
}

template class EdgeFinder<float>;
template class EdgeFinder<double>;

}  // namespace hornbeam
