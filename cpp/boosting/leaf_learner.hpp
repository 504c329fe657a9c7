// Gradients of the rows that are learned from, and the leaf values that follow from them (docs/boosting.md §7).
//
// How the rows came into the leaves does not matter here: a tree that grows partitions bins, refit() routes values. Sums are
// order-free, so leaves of the same rows have the same bits either way.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "boosting/gradient_quantiser.hpp"
#include "boosting/monotone_tree.hpp"
#include "boosting/newton_leaf.hpp"
#include "boosting/objective.hpp"
#include "boosting/row_sample.hpp"
#include "boosting/scored_rows.hpp"
#include "common/parallel.hpp"

namespace hornbeam::boosting {

// The rows of each leaf of a tree. A view: rows are numbered within blocks of at most 65,536, ascending.
struct LeafPartition {
    std::size_t n_leaves;
    std::vector<std::size_t> first_row;                // per block
    std::vector<std::span<const std::uint16_t>> rows;  // [block][leaf]

    [[nodiscard]] std::size_t n_blocks() const { return first_row.size(); }
    [[nodiscard]] std::span<const std::uint16_t> at(std::size_t block, std::size_t leaf) const {
        return rows[block * n_leaves + leaf];
    }
    [[nodiscard]] bool is_empty(std::size_t leaf) const;
    // In the numbering of all rows.
    [[nodiscard]] std::vector<std::size_t> rows_of(std::span<const std::size_t> some_leaves) const;
};

// h null: 1.
struct TrueGradients {
    const double* g;
    const double* h;
};

class LeafLearner {
  public:
    // Keeps the references.
    LeafLearner(Objective& objective, ScoredRows& rows, std::size_t n_outputs, const LeafOptions& options,
                parallel::ThreadLimit threads);

    // At the present raw scores, for all outputs; with the factors of the weights, without their exponent.
    void compute_gradients();
    // Of all outputs, [n_outputs][n_rows]; no hessians: 1.
    [[nodiscard]] std::span<const double> all_gradients() const { return g_; }
    [[nodiscard]] std::span<const double> all_hessians() const { return h_; }

    // Leaves the gradients of the sample alone, divided as it says; those of the other rows become zero. Leaf values are those
    // of the sample until gradients are computed again. Keeps the reference.
    void learn_from(const RowSample& sample);

    [[nodiscard]] TrueGradients gradients(std::size_t output) const;

    // The value of each leaf of a tree within the bounds that its order sets, from `old` where it has no rows. The order-free
    // sums are scaled as for `quantised`, which quantises the gradients of this output.
    [[nodiscard]] std::vector<double> leaf_values(std::size_t output, const QuantisedGradients& quantised,
                                                  const LeafPartition& leaves, const MonotoneTree& order,
                                                  std::span<const double> old) const;

    // Adds leaf values to the raw scores.
    void add(std::size_t output, std::span<const double> values, const LeafPartition& leaves);

  private:
    // The exact sums over rows, and how many they are.
    struct Sums {
        FixedPointSum gradient;
        FixedPointSum hessian;
        std::uint64_t count = 0;  // that of the rows, in place of their hessians
        std::size_t n_rows = 0;

        void operator+=(const Sums& other);
    };

    [[nodiscard]] std::vector<Sums> leaf_sums(const QuantisedGradients& quantised, const TrueGradients& exact,
                                              const LeafPartition& leaves) const;
    [[nodiscard]] double newton_value(const QuantisedGradients& quantised, const Sums& sums) const;
    // The values that the objective finds itself, of groups of leaves; those of no rows are left as they are.
    void find_own_values(std::size_t output, const LeafPartition& leaves,
                         const std::vector<std::vector<std::size_t>>& groups, std::span<double> values) const;
    [[nodiscard]] double own_value(const double* raw, const std::vector<std::size_t>& rows) const;
    // What the rows weigh in a leaf that finds its own value.
    [[nodiscard]] RowWeights weights_of(const std::vector<std::size_t>& rows) const;

    Objective& objective_;
    ScoredRows& rows_;
    std::size_t n_outputs_;
    LeafOptions options_;
    parallel::ThreadLimit threads_;
    std::vector<double> g_;  // [n_outputs][n_rows]
    std::vector<double> h_;  // empty while the hessian is constant
    const RowSample* sample_ = nullptr;
};

}  // namespace hornbeam::boosting
