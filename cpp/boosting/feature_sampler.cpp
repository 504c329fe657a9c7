#include "boosting/feature_sampler.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "common/random.hpp"

namespace hornbeam::boosting {

namespace {

// Keeps the features with the smallest keys; ascending before and after.
template <typename Key>
void keep_share(std::vector<std::size_t>& features, double share, Key&& key_of) {
    if (share >= 1.0) return;
    const auto n_kept =
        std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(features.size())));
    std::vector<std::pair<std::uint64_t, std::size_t>> keyed;
    keyed.reserve(features.size());
    for (const std::size_t f : features) keyed.emplace_back(key_of(f), f);
    std::ranges::sort(keyed);
    features.resize(n_kept);
    std::transform(keyed.begin(), keyed.begin() + static_cast<std::ptrdiff_t>(n_kept), features.begin(),
                   [](const auto& key_and_feature) { return key_and_feature.second; });
    std::ranges::sort(features);
}

constexpr std::uint64_t item_of(std::size_t coarse, std::size_t feature) {
    return (std::uint64_t{coarse} << 32) | feature;
}

}  // namespace

FeatureSampler::FeatureSampler(const FeatureOptions& options, std::size_t n_features, std::uint64_t seed)
    : options_(options), n_features_(n_features), seed_(seed), interactions_(options.interactions, n_features) {}

void FeatureSampler::start_tree(std::uint32_t tree) {
    tree_ = tree;
    of_tree_.resize(n_features_);
    std::iota(of_tree_.begin(), of_tree_.end(), std::size_t{0});
    keep_share(of_tree_, options_.by_tree,
               [&](std::size_t f) { return random_u64(seed_, Purpose::kTreeFeatures, tree, f); });
}

std::vector<std::size_t> FeatureSampler::of_node(std::size_t node, std::size_t depth,
                                                 std::span<const std::size_t> path) const {
    std::vector<std::size_t> features;
    std::ranges::set_intersection(interactions_.allowed(path), of_tree_, std::back_inserter(features));
    keep_share(features, options_.by_level,
               [&](std::size_t f) { return random_u64(seed_, Purpose::kLevelFeatures, tree_, item_of(depth, f)); });
    keep_share(features, options_.by_node,
               [&](std::size_t f) { return random_u64(seed_, Purpose::kSplitFeatures, tree_, item_of(node, f)); });
    return features;
}

}  // namespace hornbeam::boosting
