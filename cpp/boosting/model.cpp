#include "boosting/model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/error.hpp"

namespace hornbeam::boosting {

namespace {

template <typename... Args>
void require(bool holds, std::string_view text, const Args&... args) {
    check<ModelFormatError>(holds, text, args...);
}

void require_size(std::string_view name, std::size_t size, std::size_t expected) {
    require(size == expected, "{} must have {} elements, got {}", name, expected, size);
}

void require_offsets(std::string_view name, const std::vector<std::int64_t>& offset, std::size_t end) {
    require(!offset.empty() && offset.front() == 0, "{} must start with 0", name);
    for (std::size_t i = 1; i < offset.size(); ++i)
        require(offset[i] >= offset[i - 1], "{} must not decrease, got {} after {}", name, offset[i], offset[i - 1]);
    require(static_cast<std::size_t>(offset.back()) == end, "{} must end with {}, got {}", name, end, offset.back());
}

void require_finite(std::string_view name, const std::vector<double>& values) {
    for (const double value : values) require(std::isfinite(value), "{} must be finite, got {}", name, value);
}

void require_counts(std::string_view name, const std::vector<std::int64_t>& counts) {
    for (const std::int64_t count : counts) require(count >= 0, "{} must not be negative, got {}", name, count);
}

// Adding the largest leaf of each tree bounds every score on its way up, for rounding is monotonic.
void require_finite_scores(const ModelArrays& a) {
    const std::size_t n_outputs = a.baseline.size();
    std::vector<double> bound;
    bound.reserve(n_outputs);
    for (const double value : a.baseline) bound.push_back(std::abs(value));
    for (std::size_t tree = 0; tree + 1 < a.tree_offset.size(); ++tree) {
        bound[tree % n_outputs] += a.largest_leaf(tree);
        require(std::isfinite(bound[tree % n_outputs]), "the leaf values up to tree {} add up to infinity", tree);
    }
}

// Every node but the first and every leaf must be the child of exactly one node. `seen` is scratch.
void require_one_parent(const ModelArrays& a, std::size_t tree, std::vector<std::uint8_t>& seen) {
    const auto first = static_cast<std::size_t>(a.tree_offset[tree]);
    const std::int64_t n_nodes = a.tree_offset[tree + 1] - a.tree_offset[tree];
    const std::int64_t n_leaves = a.leaf_offset[tree + 1] - a.leaf_offset[tree];
    require(n_leaves == n_nodes + 1, "tree {} must have {} leaves, got {}", tree, n_nodes + 1, n_leaves);
    seen.assign(static_cast<std::size_t>(n_nodes + n_leaves), 0);
    for (std::int64_t node = 0; node < n_nodes; ++node) {
        const std::size_t i = first + static_cast<std::size_t>(node);
        for (const std::int64_t child : {std::int64_t{a.left[i]}, std::int64_t{a.right[i]}}) {
            require(child < 0 ? ~child < n_leaves : child > node && child < n_nodes,
                    "child of node {} of tree {} is out of range: {}", node, tree, child);
            std::uint8_t& mark = seen[static_cast<std::size_t>(child < 0 ? n_nodes + ~child : child)];
            require(mark == 0, "child {} of tree {} has two parents", child, tree);
            mark = 1;
        }
    }
}

// The place of a feature among the categorical ones, or their number.
std::size_t place_of(const ModelArrays& a, std::int32_t feature) {
    const auto found = std::ranges::lower_bound(a.categorical_feature, feature);
    const bool is_one = found != a.categorical_feature.end() && *found == feature;
    return is_one ? static_cast<std::size_t>(found - a.categorical_feature.begin()) : a.categorical_feature.size();
}

void require_categorical_features(const ModelArrays& a) {
    const std::vector<std::int32_t>& features = a.categorical_feature;
    require_size("n_categories", a.n_categories.size(), features.size());
    for (std::size_t j = 0; j < features.size(); ++j) {
        require(features[j] >= 0 && features[j] < a.n_features, "categorical_feature must be in [0, {}), got {}",
                a.n_features, features[j]);
        require(j == 0 || features[j] > features[j - 1], "categorical_feature must rise, got {} after {}", features[j],
                j == 0 ? 0 : features[j - 1]);
        require(a.n_categories[j] >= 1 && a.n_categories[j] <= std::numeric_limits<std::int32_t>::max(),
                "n_categories must be positive and below 2^31, got {}", a.n_categories[j]);
    }
}

// The nodes on categorical features, all of them and no others, have a set each of as many bits as there are categories.
void require_category_nodes(const ModelArrays& a) {
    const std::size_t n_splits = a.category_node.size();
    if (a.categorical_feature.empty()) {
        require_size("category_node", n_splits, 0);
        require_size("category_offset", a.category_offset.size(), 0);
        require_size("category_bits", a.category_bits.size(), 0);
        return;
    }
    require_size("category_offset", a.category_offset.size(), n_splits + 1);
    require_offsets("category_offset", a.category_offset, a.category_bits.size());
    std::size_t split = 0;
    for (std::size_t node = 0; node < a.feature.size(); ++node) {
        const std::size_t place = place_of(a, a.feature[node]);
        if (place == a.categorical_feature.size()) continue;
        require(split < n_splits && a.category_node[split] == static_cast<std::int64_t>(node),
                "category_node must name the nodes on categorical features, node {} is not next", node);
        require(a.threshold[node] == 0.0, "threshold of the categorical node {} must be 0, got {}", node,
                a.threshold[node]);
        const auto n = static_cast<std::size_t>(a.n_categories[place]);
        const auto begin = static_cast<std::size_t>(a.category_offset[split]);
        const auto end = static_cast<std::size_t>(a.category_offset[split + 1]);
        require(end - begin == n_category_words(n), "the set of node {} must have {} words, got {}", node,
                n_category_words(n), end - begin);
        require(n % 32 == 0 || a.category_bits[end - 1] >> (n % 32) == 0,
                "the set of node {} has more than {} categories", node, n);
        ++split;
    }
    require(split == n_splits, "category_node has {} nodes, but {} are on categorical features", n_splits, split);
}

}  // namespace

void ModelArrays::validate() const {
    const std::size_t n_nodes = feature.size();
    const std::size_t n_leaves = leaf_value.size();
    require(n_features >= 1 && n_features <= std::numeric_limits<std::int32_t>::max(),
            "n_features must be positive and below 2^31, got {}", n_features);
    require(!baseline.empty(), "baseline must not be empty");
    require_finite("baseline", baseline);
    require_size("threshold", threshold.size(), n_nodes);
    require_size("missing_left", missing_left.size(), n_nodes);
    require_size("left", left.size(), n_nodes);
    require_size("right", right.size(), n_nodes);
    require_size("gain", gain.size(), n_nodes);
    require_size("node_count", node_count.size(), n_nodes);
    require_size("leaf_count", leaf_count.size(), n_leaves);
    require_offsets("tree_offset", tree_offset, n_nodes);
    require_offsets("leaf_offset", leaf_offset, n_leaves);
    require_size("leaf_offset", leaf_offset.size(), tree_offset.size());
    require((tree_offset.size() - 1) % baseline.size() == 0, "the number of trees must be a multiple of {}, got {}",
            baseline.size(), tree_offset.size() - 1);
    for (const std::int32_t f : feature)
        require(f >= 0 && f < n_features, "feature must be in [0, {}), got {}", n_features, f);
    for (const double t : threshold) require(!std::isnan(t), "threshold must not be NaN");
    for (const std::uint8_t side : missing_left)
        require(side <= 1, "missing_left must be 0 or 1, got {}", static_cast<int>(side));
    require_categorical_features(*this);
    require_category_nodes(*this);
    require_finite("gain", gain);
    for (const double g : gain) require(g >= 0.0, "gain must not be negative, got {}", g);
    require_finite("leaf_value", leaf_value);
    require_counts("node_count", node_count);
    require_counts("leaf_count", leaf_count);
    std::vector<std::uint8_t> seen;
    for (std::size_t tree = 0; tree + 1 < tree_offset.size(); ++tree) require_one_parent(*this, tree, seen);
    require_finite_scores(*this);
}

void ModelArrays::append(const Tree& tree) {
    for (const TreeNode& node : tree.nodes) {
        if (!node.left_categories.empty()) {
            category_node.push_back(static_cast<std::int64_t>(feature.size()));
            category_bits.insert(category_bits.end(), node.left_categories.begin(), node.left_categories.end());
            category_offset.push_back(static_cast<std::int64_t>(category_bits.size()));
        }
        feature.push_back(node.feature);
        threshold.push_back(node.threshold);
        missing_left.push_back(node.missing_left ? 1 : 0);
        left.push_back(node.left);
        right.push_back(node.right);
        gain.push_back(node.gain);
        node_count.push_back(node.count);
    }
    for (const TreeLeaf& leaf : tree.leaves) {
        leaf_value.push_back(leaf.value);
        leaf_count.push_back(leaf.count);
    }
    tree_offset.push_back(static_cast<std::int64_t>(feature.size()));
    leaf_offset.push_back(static_cast<std::int64_t>(leaf_value.size()));
}

void ModelArrays::truncate(std::size_t n_trees) {
    tree_offset.resize(n_trees + 1);
    leaf_offset.resize(n_trees + 1);
    const auto cut = [](std::int64_t size, auto&... arrays) { (arrays.resize(static_cast<std::size_t>(size)), ...); };
    cut(tree_offset.back(), feature, threshold, missing_left, left, right, gain, node_count);
    cut(leaf_offset.back(), leaf_value, leaf_count);
    if (categorical_feature.empty()) return;
    const auto n_splits = std::ranges::lower_bound(category_node, tree_offset.back()) - category_node.begin();
    cut(n_splits, category_node);
    cut(n_splits + 1, category_offset);
    cut(category_offset.back(), category_bits);
}

double ModelArrays::largest_leaf(std::size_t tree) const {
    double largest = 0.0;
    for (std::int64_t leaf = leaf_offset[tree]; leaf < leaf_offset[tree + 1]; ++leaf)
        largest = std::max(largest, std::abs(leaf_value[static_cast<std::size_t>(leaf)]));
    return largest;
}

double ModelArrays::largest_score(std::size_t output, double start) const {
    double largest = std::abs(start);
    for (std::size_t tree = output; tree + 1 < leaf_offset.size(); tree += baseline.size())
        largest += largest_leaf(tree);
    return largest;
}

Model::Model(ModelArrays arrays) : arrays_(std::move(arrays)) {
    arrays_.validate();
    if (arrays_.category_node.empty()) return;
    category_splits_.assign(arrays_.feature.size(), -1);
    for (std::size_t split = 0; split < arrays_.category_node.size(); ++split) {
        const auto node = static_cast<std::size_t>(arrays_.category_node[split]);
        category_splits_[node] = static_cast<std::int64_t>(split);
        const std::size_t place = place_of(arrays_, arrays_.feature[node]);
        n_categories_of_split_.push_back(static_cast<std::size_t>(arrays_.n_categories[place]));
    }
}

std::map<std::size_t, double> Model::feature_importances() const {
    std::map<std::size_t, double> importances;
    const double largest = arrays_.gain.empty() ? 0.0 : std::ranges::max(arrays_.gain);
    if (largest <= 0.0) return importances;
    // Over the largest, so that huge gains do not overflow; over all nodes in order, so that the total does not depend
    // on the order of the features.
    double total = 0.0;
    for (std::size_t i = 0; i < arrays_.feature.size(); ++i) {
        const double share = arrays_.gain[i] / largest;
        importances[static_cast<std::size_t>(arrays_.feature[i])] += share;
        total += share;
    }
    for (auto& [feature, importance] : importances) importance /= total;
    return importances;
}

}  // namespace hornbeam::boosting
