// Which features may meet on a path from the root to a leaf (docs/boosting.md §6): those of one group.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace hornbeam::boosting {

struct InteractionOptions {
    std::vector<std::vector<std::size_t>> groups;  // none, unless they are all of the features together
    std::size_t max_path_features = 0;             // every set of so many is a group; 0: no limit
};

class Interactions {
  public:
    Interactions(const InteractionOptions& options, std::size_t n_features);

    [[nodiscard]] bool are_limited() const { return max_path_features_ > 0 || !groups_.empty(); }

    // The features that may follow those on the path, ascending.
    [[nodiscard]] std::vector<std::size_t> allowed(std::span<const std::size_t> path) const;

  private:
    std::size_t n_features_;
    std::size_t max_path_features_;
    std::vector<std::vector<std::size_t>> groups_;     // each ascending
    std::vector<std::vector<std::size_t>> groups_of_;  // of each feature
};

// The path with one feature more, unless it has it.
[[nodiscard]] std::vector<std::size_t> extended(std::span<const std::size_t> path, std::size_t feature);

}  // namespace hornbeam::boosting
