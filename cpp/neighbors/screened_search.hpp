// Exact Euclidean search by screening: products in float32 discard the pairs that a rigorous bound rules out, and the canonical
// distances of the few others decide (docs/neighbors.md §2).
#pragma once

#include <memory>

#include "common/parallel.hpp"
#include "neighbors/base.hpp"
#include "neighbors/panels.hpp"
#include "neighbors/screen_space.hpp"
#include "neighbors/search.hpp"

namespace hornbeam::neighbors {

template <typename T>
class ScreenedSearch {
  public:
    // Keeps the reference. Null if the rows or their metric cannot be screened.
    static std::unique_ptr<ScreenedSearch> of(const Base<T>& base, parallel::ThreadLimit threads);

    ScreenedSearch(const Base<T>& base, ScreenSpace space, parallel::ThreadLimit threads)
        : base_(base), space_(std::move(space)), panels_(space_, base.rows(), threads) {}

    // As BruteForce's. False, and nothing done, if a query is too far away to be screened.
    template <typename Q>
    bool nearest(const Queries<Q>& queries, std::size_t k, parallel::ThreadLimit threads,
                 const NearestAnswer& answer) const;

  private:
    template <typename Q>
    class Block;

    template <typename Q>
    [[nodiscard]] bool are_near(const Queries<Q>& queries, parallel::ThreadLimit threads) const;

    const Base<T>& base_;
    ScreenSpace space_;
    Panels panels_;
};

}  // namespace hornbeam::neighbors
