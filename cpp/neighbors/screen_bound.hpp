// What scores of the screen say of canonical distances: the error bounds of docs/neighbors.md §2, for one query.
#pragma once

#include <cstddef>

#include "neighbors/panels.hpp"
#include "neighbors/screen_space.hpp"

namespace hornbeam::neighbors {

class ScreenBound {
  public:
    ScreenBound(const ScreenSpace& space, const Panels& panels, const ScreenSpace::Image& query);

    // Every row whose reduced distance is at most this has at least this score.
    [[nodiscard]] float least_score(double reduced) const;

    // A row of this score has at most this reduced distance.
    [[nodiscard]] double most_distance(float score) const;

  private:
    double square_;       // |q|^2
    double image_error_;  // of the query and of a row together
    double score_error_;
    double distance_error_;  // of canonical reduced distances, relative
    int exponent_;
};

}  // namespace hornbeam::neighbors
