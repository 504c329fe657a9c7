// Exact search by looking at all rows.
//
// Blocks of queries meet blocks of rows that stay in the cache. Where there are few queries, threads share the rows as well;
// how they are shared depends on the problem alone, and the order of neighbours is total, so no answer depends on threads.
#pragma once

#include "common/parallel.hpp"
#include "neighbors/base.hpp"
#include "neighbors/search.hpp"

namespace hornbeam::neighbors {

template <typename T>
class BruteForce {
  public:
    // Keeps the reference.
    explicit BruteForce(const Base<T>& base) : base_(base) {}

    // k: at most the rows that a query may be told.
    template <typename Q>
    void nearest(const Queries<Q>& queries, std::size_t k, parallel::ThreadLimit threads,
                 const NearestAnswer& answer) const;

    // All within the reduced radius, by row.
    template <typename Q>
    [[nodiscard]] RadiusAnswer within(const Queries<Q>& queries, double reduced_radius,
                                      parallel::ThreadLimit threads) const;

  private:
    const Base<T>& base_;
};

}  // namespace hornbeam::neighbors
