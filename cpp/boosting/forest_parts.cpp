#include "boosting/forest_parts.hpp"

#include <algorithm>
#include <map>

namespace hornbeam::boosting {

namespace {

// The distinct thresholds of each feature so far: memory follows the nodes, not the number of features that a file claims.
class Thresholds {
  public:
    // False if a feature has too many then, or a tree is too large.
    bool add(const Model& model, std::size_t iteration) {
        const ModelArrays& arrays = model.arrays();
        const std::size_t n = model.n_outputs();
        const auto begin = static_cast<std::size_t>(arrays.tree_offset[iteration * n]);
        const auto end = static_cast<std::size_t>(arrays.tree_offset[(iteration + 1) * n]);
        for (std::size_t tree = iteration * n; tree < (iteration + 1) * n; ++tree)
            if (arrays.tree_offset[tree + 1] - arrays.tree_offset[tree] > QuantisedForest::kMaxNodes) return false;
        for (std::size_t node = begin; node < end; ++node) {
            std::vector<double>& known = of_feature_[arrays.feature[node]];
            const auto at = std::ranges::lower_bound(known, arrays.threshold[node]);
            if (at != known.end() && *at == arrays.threshold[node]) continue;
            if (known.size() == QuantisedForest::kMaxThresholds) return false;
            known.insert(at, arrays.threshold[node]);
        }
        return true;
    }

  private:
    std::map<std::int32_t, std::vector<double>> of_feature_;
};

}  // namespace

std::vector<ForestPart> forest_parts(const Model& model) {
    std::vector<ForestPart> parts;
    for (std::size_t begin = 0; begin < model.n_iterations();) {
        Thresholds thresholds;
        std::size_t end = begin;
        while (end < model.n_iterations() && thresholds.add(model, end)) ++end;
        end = std::max(end, begin + 1);
        parts.push_back({{begin, end}, QuantisedForest::from(model, {begin, end})});
        begin = end;
    }
    return parts;
}

}  // namespace hornbeam::boosting
