#include "common/quantile_edges.hpp"

#include <cmath>

#include "common/radix_sort.hpp"

namespace hornbeam {

namespace {

// Rows read between two looks at the interrupt hook.
constexpr std::size_t kPollRows = std::size_t{1} << 18;

template <typename Key>
struct WeightedKey {
    Key key;
    std::uint64_t weight;
};

// Calls take(row) for every row whose value is not missing; returns whether any is.
template <typename Float, typename Take>
bool for_each_value(VectorView<const Float> column, Take&& take) {
    bool has_missing = false;
    for (std::size_t begin = 0; begin < column.size; begin += kPollRows) {
        const std::size_t end = std::min(column.size, begin + kPollRows);
        for (std::size_t i = begin; i < end; ++i) {
            if (std::isnan(column[i]))
                has_missing = true;
            else
                take(i);
        }
        parallel::poll();
    }
    return has_missing;
}

// + 0.0 turns -0.0 into 0.0; as neighbours in sorted order the two are merged.
void append(std::vector<WeightedValue>& distinct, double value, std::uint64_t weight) {
    if (distinct.empty() || distinct.back().value != value)
        distinct.push_back({value + 0.0, weight});
    else
        distinct.back().weight += weight;
}

}  // namespace

template <typename Float>
DistinctValues distinct_values(VectorView<const Float> column, const std::uint64_t* weight) {
    using Key = OrderedBits<Float>;
    DistinctValues distinct;
    if (weight) {
        std::vector<WeightedKey<Key>> items;
        items.reserve(column.size);
        distinct.has_missing =
            for_each_value(column, [&](std::size_t i) { items.push_back({ordered_bits(column[i]), weight[i]}); });
        radix_sort(items, [](const WeightedKey<Key>& item) { return item.key; });
        for (const WeightedKey<Key>& item : items)
            append(distinct.values, static_cast<double>(from_ordered_bits<Float>(item.key)), item.weight);
    } else {
        std::vector<Key> keys;
        keys.reserve(column.size);
        distinct.has_missing = for_each_value(column, [&](std::size_t i) { keys.push_back(ordered_bits(column[i])); });
        radix_sort(keys, [](Key key) { return key; });
        for (const Key key : keys) append(distinct.values, static_cast<double>(from_ordered_bits<Float>(key)), 1);
    }
    return distinct;
}

template DistinctValues distinct_values(VectorView<const float>, const std::uint64_t*);
template DistinctValues distinct_values(VectorView<const double>, const std::uint64_t*);

double midpoint(double a, double b) {
    double m = 0.5 * (a + b);
    if (!std::isfinite(m)) m = 0.5 * a + 0.5 * b;
    return a <= m && m < b ? m : a;
}

std::vector<double> quantile_edges(const std::vector<WeightedValue>& distinct, std::size_t max_bins) {
    std::vector<double> edges;
    if (distinct.size() <= max_bins) {
        for (std::size_t k = 1; k < distinct.size(); ++k)
            edges.push_back(midpoint(distinct[k - 1].value, distinct[k].value));
        return edges;
    }
    std::uint64_t rest = 0;
    for (const WeightedValue& v : distinct) rest += v.weight;
    std::uint64_t bins_left = max_bins;
    std::uint64_t mass = 0;
    for (std::size_t k = 0; k + 1 < distinct.size() && bins_left > 1; ++k) {
        mass += distinct[k].weight;
        if (mass * bins_left >= rest) {
            edges.push_back(midpoint(distinct[k].value, distinct[k + 1].value));
            rest -= mass;
            mass = 0;
            --bins_left;
        }
    }
    return edges;
}

}  // namespace hornbeam
