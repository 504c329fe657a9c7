#include "boosting/quantised_forest.hpp"

#include <algorithm>

namespace hornbeam::boosting {

namespace {

constexpr std::size_t kMaxThresholds = 254;
constexpr std::int64_t kMaxNodes = 32767;  // with one leaf more than nodes, both fit 16 bits

}  // namespace

std::optional<QuantisedForest> QuantisedForest::from(const Model& model) {
    const ModelArrays& arrays = model.arrays();
    for (std::size_t tree = 0; tree < model.n_trees(); ++tree)
        if (arrays.tree_offset[tree + 1] - arrays.tree_offset[tree] > kMaxNodes) return std::nullopt;

    // Sorted pairs: memory follows the nodes, not the number of features that a file claims.
    std::vector<Cut> cuts;
    cuts.reserve(arrays.feature.size());
    for (std::size_t i = 0; i < arrays.feature.size(); ++i) cuts.push_back({arrays.feature[i], arrays.threshold[i]});
    std::ranges::sort(cuts, [](const Cut& a, const Cut& b) {
        return a.feature != b.feature ? a.feature < b.feature : a.threshold < b.threshold;
    });
    cuts.erase(std::ranges::unique(cuts).begin(), cuts.end());

    QuantisedForest forest;
    if (!forest.collect_thresholds(cuts)) return std::nullopt;
    for (std::size_t tree = 0; tree < model.n_trees(); ++tree) forest.append_tree(arrays, tree, cuts);
    return forest;
}

bool QuantisedForest::collect_thresholds(const std::vector<Cut>& cuts) {
    std::vector<double> thresholds;
    for (std::size_t begin = 0; begin < cuts.size(); begin += thresholds.size()) {
        thresholds.clear();
        for (std::size_t i = begin; i < cuts.size() && cuts[i].feature == cuts[begin].feature; ++i)
            thresholds.push_back(cuts[i].threshold);
        if (thresholds.size() > kMaxThresholds) return false;
        used_features_.push_back(static_cast<std::size_t>(cuts[begin].feature));
        first_cut_.push_back(begin);
        thresholds_.add(thresholds);
    }
    return true;
}

void QuantisedForest::append_tree(const ModelArrays& arrays, std::size_t tree, const std::vector<Cut>& cuts) {
    const auto first = static_cast<std::size_t>(arrays.tree_offset[tree]);
    const auto n_nodes = static_cast<std::size_t>(arrays.tree_offset[tree + 1]) - first;
    const auto first_leaf = static_cast<std::size_t>(arrays.leaf_offset[tree]);
    trees_.push_back({value_.size(), 0});
    const auto place = [&](std::int32_t child) {
        return static_cast<std::uint16_t>(child >= 0 ? static_cast<std::size_t>(child)
                                                     : n_nodes + static_cast<std::size_t>(~child));
    };
    std::vector<std::size_t> depth(n_nodes, 1);
    for (std::size_t node = 0; node < n_nodes; ++node) {
        const std::size_t i = first + node;
        const auto feature = static_cast<std::size_t>(arrays.feature[i]);
        const auto entry = std::ranges::lower_bound(used_features_, feature) - used_features_.begin();
        const auto begin = cuts.begin() + static_cast<std::ptrdiff_t>(first_cut_[static_cast<std::size_t>(entry)]);
        const auto end = std::min(begin + kMaxThresholds, cuts.end());
        const auto cut = std::lower_bound(begin, end, arrays.threshold[i], [&](const Cut& a, double threshold) {
            return a.feature == arrays.feature[i] && a.threshold < threshold;
        });
        feature_row_.push_back(static_cast<std::uint32_t>(entry));
        shift_.push_back(arrays.missing_left[i]);
        bin_.push_back(static_cast<std::uint8_t>((cut - begin) + arrays.missing_left[i]));
        child_.push_back(place(arrays.left[i]));
        child_.push_back(place(arrays.right[i]));
        value_.push_back(0.0);
        trees_.back().depth = std::max(trees_.back().depth, depth[node]);
        for (const std::int32_t child : {arrays.left[i], arrays.right[i]})
            if (child >= 0) depth[static_cast<std::size_t>(child)] = depth[node] + 1;
    }
    for (std::size_t leaf = 0; leaf <= n_nodes; ++leaf) {
        feature_row_.push_back(0);
        shift_.push_back(0);
        bin_.push_back(0);
        child_.push_back(place(~static_cast<std::int32_t>(leaf)));
        child_.push_back(child_.back());
        value_.push_back(arrays.leaf_value[first_leaf + leaf]);
    }
}

}  // namespace hornbeam::boosting
