// A bound of the scores that any row can have while trees are added.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "boosting/model.hpp"
#include "boosting/order_free_sum.hpp"
#include "common/error.hpp"

namespace hornbeam::boosting {

class ScoreBound {
  public:
    ScoreBound() = default;
    explicit ScoreBound(const std::vector<double>& baseline) {
        for (const double value : baseline) largest_.push_back(std::abs(value));
    }

    // Rows that start from scores of their own ([n_outputs][n_rows]), of which no tree knows. Throws unless they are finite.
    void include(std::span<const double> raw, parallel::ThreadLimit threads) {
        const std::size_t n = raw.size() / largest_.size();
        for (std::size_t k = 0; k < largest_.size(); ++k) {
            const double largest = max_magnitude(raw.subspan(k * n, n), threads);
            check_argument(std::isfinite(largest), "init_score is too large: raw scores leave the float64 range");
            largest_[k] = std::max(largest_[k], largest);
        }
    }

    // Throws if a tree, added to those before, could take the score of any row out of float64.
    void add(const ModelArrays& arrays, std::size_t tree) {
        // Rounding is monotone: while this sum is finite, so is that of any row, after every tree.
        double& largest = largest_[tree % largest_.size()];
        largest += arrays.largest_leaf(tree);
        check_argument(std::isfinite(largest),
                       "predictions could leave the float64 range: y or learning_rate is too large");
    }

  private:
    std::vector<double> largest_;  // per output
};

}  // namespace hornbeam::boosting
