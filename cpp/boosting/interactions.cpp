#include "boosting/interactions.hpp"

#include <algorithm>
#include <numeric>

#include "common/error.hpp"

namespace hornbeam::boosting {

Interactions::Interactions(const InteractionOptions& options, std::size_t n_features)
    : n_features_(n_features), max_path_features_(options.max_path_features), groups_(options.groups) {
    if (groups_.empty()) return;
    groups_of_.resize(n_features);
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        std::vector<std::size_t>& group = groups_[i];
        std::ranges::sort(group);
        group.erase(std::ranges::unique(group).begin(), group.end());
        for (const std::size_t f : group) {
            check_argument(f < n_features, "interaction_cst must name features below {}, got {}", n_features, f);
            groups_of_[f].push_back(i);
        }
    }
    std::vector<std::size_t> rest;
    for (std::size_t f = 0; f < n_features; ++f) {
        if (!groups_of_[f].empty()) continue;
        rest.push_back(f);
        groups_of_[f].push_back(groups_.size());
    }
    if (!rest.empty()) groups_.push_back(std::move(rest));
}

std::vector<std::size_t> Interactions::allowed(std::span<const std::size_t> path) const {
    if (max_path_features_ > 0 && path.size() >= max_path_features_) return {path.begin(), path.end()};
    if (groups_.empty() || path.empty()) {
        std::vector<std::size_t> all(n_features_);
        std::iota(all.begin(), all.end(), std::size_t{0});
        return all;
    }
    std::vector<std::uint8_t> is_allowed(n_features_);
    for (const std::size_t i : groups_of_[path.front()])
        if (std::ranges::includes(groups_[i], path))
            for (const std::size_t f : groups_[i]) is_allowed[f] = 1;
    std::vector<std::size_t> features;
    for (std::size_t f = 0; f < n_features_; ++f)
        if (is_allowed[f] != 0) features.push_back(f);
    return features;
}

std::vector<std::size_t> extended(std::span<const std::size_t> path, std::size_t feature) {
    std::vector<std::size_t> longer(path.begin(), path.end());
    const auto at = std::ranges::lower_bound(longer, feature);
    if (at == longer.end() || *at != feature) longer.insert(at, feature);
    return longer;
}

}  // namespace hornbeam::boosting
