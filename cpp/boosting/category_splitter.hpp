// The best set of categories to send left (docs/boosting.md §6).
//
// Few categories: one against the rest. Many: they are put in the order of their smoothed mean gradient, and a split is one
// into two runs of that order. For squares one of these is the best of all subsets (Fisher 1958).
//
// The best of many subsets looks good on noise, too. Of K sets whose gains are chi-squared, the best gains about 2 log K
// variances; so a split of j out of m categories pays for the choice among C(m, j) sets, which leaves a column of identifiers
// without a gain, and hardly touches categories that matter.
#pragma once

#include <cstdint>
#include <vector>

#include "boosting/gain_terms.hpp"
#include "boosting/node_totals.hpp"

namespace hornbeam::boosting {

struct CategoryOptions {
    double smooth = 10.0;
    double l2 = 10.0;
    std::size_t max_onehot = 4;
    double cost = 1.0;
};

class CategorySplitter {
  public:
    explicit CategorySplitter(const CategoryOptions& options) : options_(options) {}

    struct Choice {
        double gain = 0.0;
        std::uint32_t candidate = 0;
    };

    [[nodiscard]] Choice best(const BinSums& sums, const GainTerms& terms) const;

    // Of one candidate, which the 64 random bits draw among those that leave enough on both sides.
    [[nodiscard]] Choice drawn(const BinSums& sums, const GainTerms& terms, std::uint64_t bits) const;

    // The categories that this candidate sends left, missing ones among them as the last number.
    [[nodiscard]] std::vector<std::size_t> left_of(const BinSums& sums, const GainTerms& terms,
                                                   std::uint32_t candidate) const;

  private:
    // Calls f(candidate, what goes left, price) for each of them.
    template <typename F>
    void for_each_candidate(const BinSums& sums, const GainTerms& terms, F&& f) const;
    [[nodiscard]] bool is_onehot(const BinSums& sums) const { return sums.size() - 1 <= options_.max_onehot; }
    // The categories with rows, in the order in which they go left.
    [[nodiscard]] std::vector<std::size_t> order(const BinSums& sums, const GainTerms& terms) const;

    CategoryOptions options_;
};

}  // namespace hornbeam::boosting
