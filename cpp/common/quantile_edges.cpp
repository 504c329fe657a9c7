#include "common/quantile_edges.hpp"

#include <algorithm>
#include <cmath>

#include "common/parallel.hpp"

namespace hornbeam {

namespace {

constexpr std::size_t kWordBits = 64;

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
std::vector<ColumnEdges> EdgeFinder<Float>::find(std::span<const VectorView<const Float>> columns,
                                                 const std::uint64_t* weight, std::size_t max_bins) {
    constexpr std::size_t kRows = 256;  // whose cache lines stay while the columns take their share of them
    constexpr std::size_t kLine = 64 / sizeof(Float);
    const std::size_t n_rows = columns.empty() ? 0 : columns.front().size;
    if (columns_.size() < columns.size()) columns_.resize(columns.size());
    for (std::size_t j = 0; j < columns.size(); ++j) columns_[j].start(n_rows, weight != nullptr);
    for (std::size_t begin = 0; begin < n_rows; begin += kRows) {
        parallel::poll();
        // The hardware does not guess strides of whole rows.
        for (std::size_t i = begin + kRows; i < std::min(begin + 2 * kRows, n_rows); ++i)
            for (std::size_t j = 0; j < columns.size(); j += kLine) __builtin_prefetch(&columns[j][i]);
        for (std::size_t j = 0; j < columns.size(); ++j)
            columns_[j].read(columns[j], weight, begin, std::min(begin + kRows, n_rows));
    }
    std::vector<ColumnEdges> found;
    for (std::size_t j = 0; j < columns.size(); ++j) {
        Reading& column = columns_[j];
        column.finish(weight != nullptr);
        found.push_back({edges(column, weight != nullptr, max_bins), column.n_missing > 0, {}});
        const bool nearly_all = column.n_kept + column.n_missing > n_rows / 4 * 3;
        if (!nearly_all) found.back().nonzero = std::move(column.nonzero);
    }
    return found;
}

template <typename Float>
ColumnEdges EdgeFinder<Float>::find_sparse(std::span<const Float> values, std::span<const std::uint32_t> rows,
                                           const std::uint64_t* weight, std::uint64_t total_weight,
                                           std::size_t max_bins) {
    const bool weighted = weight != nullptr;
    if (columns_.empty()) columns_.resize(1);
    Reading& column = columns_.front();
    column.start(values.size(), weighted);
    std::uint64_t stored = 0;
    parallel::for_strips(values.size(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const std::uint64_t w = weighted ? weight[rows[i]] : 1;
            column.read(values[i], w, weighted);
            stored += w;
        }
    });
    column.zeros += total_weight - stored;
    column.finish(weighted);
    return {edges(column, weighted, max_bins), column.n_missing > 0, {}};
}

template <typename Float>
void EdgeFinder<Float>::Reading::start(std::size_t n_rows, bool weighted) {
    keys.resize(weighted ? 0 : n_rows);
    items.resize(weighted ? n_rows : 0);
    nonzero.assign((n_rows + kWordBits - 1) / kWordBits, 0);
    n_kept = n_missing = 0;
    zeros = 0;
}

template <typename Float>
void EdgeFinder<Float>::Reading::read(VectorView<const Float> column, const std::uint64_t* weight, std::size_t begin,
                                      std::size_t end) {
    for (; begin < end; begin += kWordBits) {
        std::uint64_t word = 0;
        // No branches: whether a value is zero is anyone's guess.
        for (std::size_t i = begin; i < std::min(begin + kWordBits, end); ++i) {
            const bool is_nonzero = read(column[i], weight ? weight[i] : 1, weight != nullptr);
            word |= std::uint64_t{is_nonzero} << (i - begin);
        }
        nonzero[begin / kWordBits] = word;
    }
}

template <typename Float>
inline bool EdgeFinder<Float>::Reading::read(Float x, std::uint64_t weight, bool weighted) {
    const bool is_missing = std::isnan(x);
    const bool is_nonzero = x != Float{0};
    if (weighted)
        items[n_kept] = {ordered_bits(x), weight};
    else
        keys[n_kept] = ordered_bits(x);
    n_kept += is_nonzero & !is_missing;
    n_missing += is_missing;
    zeros += is_nonzero ? 0 : weight;
    return is_nonzero;
}

template <typename Float>
void EdgeFinder<Float>::Reading::finish(bool weighted) {
    keys.resize(weighted ? 0 : n_kept);
    items.resize(weighted ? n_kept : 0);
}

template <typename Float>
std::vector<double> EdgeFinder<Float>::edges(Reading& column, bool weighted, std::size_t max_bins) {
    const Key zero = ordered_bits(Float{0});
    if (weighted) {
        if (column.zeros > 0) column.items.push_back({zero, column.zeros});
        radix_sort(column.items, spare_items_, [](const Item& item) { return item.key; });
        return edges_of_sorted<Float>(column.items, max_bins);
    }
    const bool zeros_are_many = column.zeros > column.keys.size();
    if (!zeros_are_many) column.keys.insert(column.keys.end(), column.zeros, zero);
    radix_sort(column.keys, spare_keys_, [](Key key) { return key; });
    if (!zeros_are_many) return edges_of_sorted<Float>(column.keys, max_bins);
    make_items(column.keys, column.zeros);
    return edges_of_sorted<Float>(items_, max_bins);
}

template <typename Float>
void EdgeFinder<Float>::make_items(const std::vector<Key>& keys, std::uint64_t zeros) {
    const Key zero = ordered_bits(Float{0});
    const auto middle = std::ranges::lower_bound(keys, zero);
    items_.clear();
    items_.reserve(keys.size() + 1);
    for (auto key = keys.begin(); key != middle; ++key) items_.push_back({*key, 1});
    items_.push_back({zero, zeros});
    for (auto key = middle; key != keys.end(); ++key) items_.push_back({*key, 1});
}

template class EdgeFinder<float>;
template class EdgeFinder<double>;

}  // namespace hornbeam
