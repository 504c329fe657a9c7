// Mutations that keep the lengths of the arrays consistent, so that more than the first checks is reached.
//
// Half of them spoil one element; the others keep the model valid (a tree is added or taken away, a number is replaced by
// a legal one), so that the corpus grows models of many shapes.
#include <iterator>
#include <limits>
#include <random>

#include "boosting/tree.hpp"
#include "encoding.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace hornbeam::fuzz {
namespace {

using Random = std::minstd_rand;

std::size_t below(Random& random, std::size_t n) { return random() % n; }

double any_double(Random& random) {
    using Limits = std::numeric_limits<double>;
    const double values[] = {0.0,
                             -0.0,
                             1.0,
                             -1.0,
                             0.1,
                             Limits::max(),
                             -Limits::max(),
                             Limits::min(),
                             1e-300,
                             1e154,
                             Limits::infinity(),
                             -Limits::infinity(),
                             Limits::quiet_NaN(),
                             Limits::denorm_min()};
    if (below(random, 3) == 0) return values[below(random, std::size(values))];
    return (static_cast<double>(below(random, 2001)) - 1000.0) / 64.0;
}

template <typename T>
T any_number(Random& random, const std::vector<T>& values, T old) {
    if constexpr (std::is_floating_point_v<T>) {
        return any_double(random);
    } else {
        using Unsigned = std::make_unsigned_t<T>;  // wraps at the ends of the range
        const auto bits = static_cast<Unsigned>(old);
        const T near[] = {static_cast<T>(bits - 1U), static_cast<T>(bits + 1U), static_cast<T>(~old)};
        const T far[] = {0, 1, static_cast<T>(values.size()), std::numeric_limits<T>::min(),
                         std::numeric_limits<T>::max()};
        switch (below(random, 3)) {
            case 0:
                return near[below(random, std::size(near))];
            case 1:
                return far[below(random, std::size(far))];
            default:
                return values[below(random, values.size())];
        }
    }
}

template <typename T>
void spoil(std::vector<T>& values, Random& random) {
    if (values.empty()) {
        values.push_back(T{});
        return;
    }
    T& value = values[below(random, values.size())];
    switch (below(random, 8)) {
        case 0:
            std::swap(value, values[below(random, values.size())]);
            break;
        case 1:
            values.pop_back();
            break;
        case 2:
            values.push_back(value);
            break;
        default:
            value = any_number(random, values, value);
    }
}

void spoil_one_array(ModelArrays& arrays, Random& random) {
    std::size_t n_left = below(random, 18);
    if (n_left == 17) {
        arrays.n_features = any_number(random, {1, 5, 64}, arrays.n_features);
        return;
    }
    for_each_array(arrays, [&](auto& values) {
        if (n_left-- == 0) spoil(values, random);
    });
}

// A set of the categories of the feature; empty if it has none.
std::vector<std::uint32_t> any_set(const ModelArrays& arrays, std::int32_t feature, Random& random) {
    std::vector<std::uint32_t> set;
    for (std::size_t j = 0; j < std::min(arrays.categorical_feature.size(), arrays.n_categories.size()); ++j) {
        const std::int64_t n = arrays.n_categories[j];
        if (arrays.categorical_feature[j] != feature || n < 1 || n > 4096) continue;
        set.resize(boosting::n_category_words(static_cast<std::size_t>(n)));
        for (std::size_t c = 0; c < static_cast<std::size_t>(n); ++c)
            if (below(random, 2) == 0) boosting::add_category(set, c);
    }
    return set;
}

// Leaves are split one after the other.
boosting::Tree any_tree(const ModelArrays& arrays, std::int64_t n_features, std::size_t n_nodes, Random& random) {
    boosting::Tree tree;
    tree.leaves.push_back({any_double(random), 1});
    std::vector<std::int32_t*> parent_of_leaf{nullptr};
    tree.nodes.reserve(n_nodes);  // the pointers stay valid
    while (tree.nodes.size() < n_nodes) {
        const std::size_t leaf = below(random, tree.leaves.size());
        if (parent_of_leaf[leaf] != nullptr) *parent_of_leaf[leaf] = static_cast<std::int32_t>(tree.nodes.size());
        const auto feature = static_cast<std::int32_t>(below(random, static_cast<std::size_t>(n_features)));
        const bool missing_left = below(random, 2) == 0;
        std::vector<std::uint32_t> set = any_set(arrays, feature, random);
        const double threshold = set.empty() ? any_double(random) : 0.0;
        tree.nodes.push_back({feature, 0, threshold, std::move(set), missing_left, ~static_cast<std::int32_t>(leaf),
                              ~static_cast<std::int32_t>(tree.leaves.size()), 1.0, 2});
        parent_of_leaf[leaf] = &tree.nodes.back().left;
        parent_of_leaf.push_back(&tree.nodes.back().right);
        tree.leaves.push_back({any_double(random), 1});
    }
    return tree;
}

void add_iteration(ModelArrays& arrays, Random& random) {
    if (arrays.n_features < 1 || arrays.baseline.size() > 8) return;
    const std::int64_t n_features = std::min<std::int64_t>(arrays.n_features, 16);
    for (std::size_t k = 0; k < arrays.baseline.size(); ++k)
        arrays.append(any_tree(arrays, n_features, below(random, below(random, 8) == 0 ? 300 : 8), random));
}

void drop_last_tree(ModelArrays& arrays) {
    if (arrays.tree_offset.size() < 2 || arrays.leaf_offset.size() < 2) return;
    arrays.tree_offset.pop_back();
    arrays.leaf_offset.pop_back();
    const auto shorten = [](auto& values, std::int64_t size) {
        if (size >= 0 && static_cast<std::size_t>(size) < values.size()) values.resize(static_cast<std::size_t>(size));
    };
    const std::int64_t n_nodes = arrays.tree_offset.back();
    shorten(arrays.feature, n_nodes);
    shorten(arrays.threshold, n_nodes);
    shorten(arrays.missing_left, n_nodes);
    shorten(arrays.left, n_nodes);
    shorten(arrays.right, n_nodes);
    shorten(arrays.gain, n_nodes);
    shorten(arrays.node_count, n_nodes);
    shorten(arrays.leaf_value, arrays.leaf_offset.back());
    shorten(arrays.leaf_count, arrays.leaf_offset.back());
    while (!arrays.category_node.empty() && arrays.category_node.back() >= n_nodes) {
        arrays.category_node.pop_back();
        if (!arrays.category_offset.empty()) arrays.category_offset.pop_back();
    }
    if (!arrays.category_offset.empty()) shorten(arrays.category_bits, arrays.category_offset.back());
}

void mutate(ModelArrays& arrays, Random& random) {
    switch (below(random, 8)) {
        case 0:
            add_iteration(arrays, random);
            break;
        case 1:
            drop_last_tree(arrays);
            break;
        case 2:
            spoil(arrays.threshold, random);
            break;
        case 3:
            spoil(arrays.leaf_value, random);
            break;
        default:
            spoil_one_array(arrays, random);
    }
}

}  // namespace
}  // namespace hornbeam::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
    using namespace hornbeam::fuzz;
    Random random(seed);
    if (below(random, 8) == 0) return LLVMFuzzerMutate(data, size, max_size);
    ModelArrays arrays = decode({data, size});
    mutate(arrays, random);
    const std::vector<std::uint8_t> bytes = encode(arrays);
    const std::size_t n = std::min(bytes.size(), max_size);
    std::copy_n(bytes.begin(), n, data);
    return n;
}
