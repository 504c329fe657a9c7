// The best split of a node from its histogram.
//
// Newton gain, Chen & Guestrin 2016 eq. (7), without the factor 1/2 and the complexity term:
//     T(GL)^2 / (HL + l2) + T(GR)^2 / (HR + l2) - T(G)^2 / (H + l2)      (T: soft_threshold.hpp)
// Gradients and hessians stay in the tree's own units, so that neither tiny nor huge weights leave the float64 range.
// Right = total - left in integers, so nothing cancels. Ties: lower feature, lower bin, missing left. Under monotonic
// constraints each term is that of the value within the node's bounds (value_bounds.hpp).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "boosting/category_splitter.hpp"
#include "boosting/feature_cells.hpp"
#include "boosting/gradient_quantiser.hpp"
#include "boosting/value_bounds.hpp"

namespace hornbeam::boosting {

struct SplitOptions {
    double l1 = 0.0;
    double l2 = 0.0;
    double min_gain = 0.0;  // in true units
    std::int64_t min_samples_leaf = 1;
    double min_hessian = 1e-3;
    bool extra_trees = false;  // one candidate of each feature, drawn
    CategoryOptions category;
    MonotoneSigns monotone;
};

// What the gains of a node's splits have in common.
struct NodeTerms {
    GainTerms number;
    GainTerms category;
};

struct BestSplit {
    double gain = 0.0;  // in units of 2^(2 gradient_exponent - hessian_exponent); 0: no split
    std::size_t feature = 0;
    std::uint32_t bin = 0;  // of a categorical feature: the candidate of CategorySplitter
    bool missing_left = false;

    [[nodiscard]] bool found() const { return gain > 0.0; }
};

struct FeatureSplit {
    BestSplit split;
    bool is_splittable = true;  // no: whatever the gain, no split leaves enough rows on both sides
    float screened = 0.0F;      // see simd::ScanResult
};

// What a split does with rows, those included that it has not seen.
struct SplitSides {
    NodeTotals left;
    bool missing_left = false;
    std::vector<std::uint32_t> left_categories;  // a set (category.hpp); empty: the feature's values are numbers
};

class Splitter {
  public:
    Splitter(const BinMapper& mapper, const HistogramLayout& layout, const SplitOptions& options)
        : mapper_(mapper), layout_(layout), options_(options), categories_(options.category) {}

    // Of the node, from the cells of the first column in use.
    [[nodiscard]] NodeTotals totals(const Histogram& histogram, std::size_t column,
                                    const QuantisedGradients& gradients) const;

    [[nodiscard]] SplitSides sides(const Histogram& histogram, const BestSplit& split, const NodeTotals& node,
                                   const QuantisedGradients& gradients) const;

    // Whether the node holds enough rows and hessian to be worth a scan.
    [[nodiscard]] bool may_split(const NodeTotals& node, const QuantisedGradients& gradients) const;

    [[nodiscard]] NodeTerms terms(const NodeTotals& node, const ValueBounds& bounds,
                                  const QuantisedGradients& gradients) const;

    // random_bits: what candidates are drawn by. to_reach: see simd::SplitScan.
    [[nodiscard]] FeatureSplit scan(const Histogram& histogram, std::size_t feature, const NodeTerms& terms,
                                    const QuantisedGradients& gradients, std::uint64_t random_bits,
                                    float to_reach) const;

    // Whether a split gains what it has to.
    [[nodiscard]] bool is_worth(const BestSplit& split, const QuantisedGradients& gradients) const;

    // What a split leaves of the node's bounds to either side.
    [[nodiscard]] std::pair<ValueBounds, ValueBounds> child_bounds(const BestSplit& split, const SplitSides& sides,
                                                                   const NodeTotals& node, const ValueBounds& bounds,
                                                                   const QuantisedGradients& gradients) const;

  private:
    // Of each category, then of missing values.
    [[nodiscard]] BinSums category_sums(const Histogram& histogram, std::size_t feature,
                                        const QuantisedGradients& gradients) const;
    [[nodiscard]] BestSplit scan_categories(const BinSums& sums, std::size_t feature, const GainTerms& terms,
                                            std::uint64_t random_bits) const;
    [[nodiscard]] FeatureSplit scan_drawn_bin(const BinSums& sums, std::size_t feature, const GainTerms& terms,
                                              std::uint64_t random_bits) const;
    [[nodiscard]] SplitSides category_sides(const Histogram& histogram, const BestSplit& split, const NodeTotals& node,
                                            const QuantisedGradients& gradients) const;
    // l2 of the children; the parent has that of the options.
    [[nodiscard]] GainTerms terms_with(const NodeTotals& node, double l2, const ValueBounds& bounds,
                                       const QuantisedGradients& gradients) const;
    // Under the regularisation of numbers.
    [[nodiscard]] BoundedSide side(const NodeTotals& rows, const ValueBounds& bounds,
                                   const QuantisedGradients& gradients) const;
    // What the feature's sign asks of a split.
    [[nodiscard]] int sign(std::size_t feature) const {
        return options_.monotone.empty() ? 0 : options_.monotone[feature];
    }
    // Of the node, and the least a child must have, in units of 2^hessian_exponent.
    [[nodiscard]] double hessian(const NodeTotals& node, const QuantisedGradients& gradients) const;
    [[nodiscard]] double min_hessian(const QuantisedGradients& gradients) const;

    const BinMapper& mapper_;
    const HistogramLayout& layout_;
    SplitOptions options_;
    CategorySplitter categories_;
};

}  // namespace hornbeam::boosting
