// Exact search in a table by a metric: what is fitted once, and which way each question is answered.
#pragma once

#include <memory>

#include "common/parallel.hpp"
#include "neighbors/base.hpp"
#include "neighbors/brute_force.hpp"
#include "neighbors/screened_search.hpp"
#include "neighbors/search.hpp"

namespace hornbeam::neighbors {

template <typename T>
class ExactSearch {
  public:
    ExactSearch(MatrixView<const T> X, const Metric& metric, parallel::ThreadLimit threads)
        : base_(X, metric, threads), screened_(ScreenedSearch<T>::of(base_, threads)) {}
    ExactSearch(const ExactSearch&) = delete;
    ExactSearch& operator=(const ExactSearch&) = delete;

    [[nodiscard]] const Base<T>& base() const { return base_; }

    // k: at most the rows that a query may be told.
    template <typename Q>
    void nearest(const Queries<Q>& queries, std::size_t k, parallel::ThreadLimit threads,
                 const NearestAnswer& answer) const {
        if (screened_ && screened_->nearest(queries, k, threads, answer)) return;
        BruteForce(base_).nearest(queries, k, threads, answer);
    }

    template <typename Q>
    [[nodiscard]] RadiusAnswer within(const Queries<Q>& queries, double radius, parallel::ThreadLimit threads) const {
        return BruteForce(base_).within(queries, base_.metric().reduced(radius), threads);
    }

  private:
    Base<T> base_;
    std::unique_ptr<ScreenedSearch<T>> screened_;  // null: there is none for this metric or these rows
};

}  // namespace hornbeam::neighbors
