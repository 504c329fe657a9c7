// The trees of a model over bytes instead of values: thresholds become positions among the feature's own thresholds.
//
// x <= thresholds[t] holds exactly if fewer than t + 1 of the ascending thresholds lie below x, so bytes decide as the
// values do. A feature with more than 254 thresholds, or a tree with more than 65,535 nodes and leaves, has no such form.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "boosting/edge_table.hpp"
#include "boosting/model.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

class QuantisedForest {
  public:
    [[nodiscard]] static std::optional<QuantisedForest> from(const Model& model);

    // The features that any tree asks for, and their thresholds, entry by entry.
    [[nodiscard]] const std::vector<std::size_t>& used_features() const { return used_features_; }
    [[nodiscard]] const EdgeTable& thresholds() const { return thresholds_; }

    // Over a tile with one row of bins per used feature.
    [[nodiscard]] simd::QuantisedTree tree(std::size_t index) const {
        const Span& span = trees_[index];
        return {feature_row_.data() + span.first,
                shift_.data() + span.first,
                bin_.data() + span.first,
                child_.data() + 2 * span.first,
                span.depth,
                value_.data() + span.first};
    }

  private:
    struct Span {
        std::size_t first;  // into the arrays below
        std::size_t depth;
    };
    // A distinct (feature, threshold) pair of the model; sorted.
    struct Cut {
        std::int32_t feature;
        double threshold;
        auto operator<=>(const Cut&) const = default;
    };

    bool collect_thresholds(const std::vector<Cut>& cuts);
    void append_tree(const ModelArrays& arrays, std::size_t tree, const std::vector<Cut>& cuts);

    std::vector<std::size_t> used_features_;
    std::vector<std::size_t> first_cut_;  // of each used feature
    EdgeTable thresholds_;
    std::vector<Span> trees_;
    // Nodes, then leaves, of one tree after the other; a leaf is its own child.
    std::vector<std::uint32_t> feature_row_;
    std::vector<std::uint8_t> shift_;
    std::vector<std::uint8_t> bin_;
    std::vector<std::uint16_t> child_;
    std::vector<double> value_;
};

}  // namespace hornbeam::boosting
