// Where the time of a fit goes: wall seconds by stage, as the thread sees them that drives the fit.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

namespace hornbeam::boosting {

enum class Stage : std::size_t {
    kRead,        // targets, weights, and the scores that a fit continues from
    kEdges,       // of the bins
    kBin,         // of all values, in both layouts
    kGradients,   // and hessians, from scores
    kSample,      // the rows that trees learn from
    kQuantise,    // both to integers
    kHistograms,  // of nodes, from rows
    kSplits,      // merging, subtracting and scanning histograms
    kPartition,   // of rows between children
    kLeaves,      // the exact sums that are leaf values
    kScores,      // of training rows, from leaves
    kValidation,  // scores of validation rows
    kEnd,
};

class FitProfile {
  public:
    static constexpr std::size_t kStages = static_cast<std::size_t>(Stage::kEnd);
    static constexpr std::array<const char*, kStages> kNames{"read",      "edges",    "bin",        "gradients",
                                                             "sample",    "quantise", "histograms", "splits",
                                                             "partition", "leaves",   "scores",     "validation"};

    // Calls f; its time counts for the stage, even where it throws.
    template <typename F>
    decltype(auto) time(Stage stage, F&& f) {
        const Lap lap(seconds_[static_cast<std::size_t>(stage)]);
        return f();
    }

    [[nodiscard]] double seconds(std::size_t stage) const { return seconds_[stage]; }

  private:
    using Clock = std::chrono::steady_clock;

    class Lap {
      public:
        explicit Lap(double& total) : total_(total), start_(Clock::now()) {}
        Lap(const Lap&) = delete;
        Lap& operator=(const Lap&) = delete;
        ~Lap() { total_ += std::chrono::duration<double>(Clock::now() - start_).count(); }

      private:
        double& total_;
        Clock::time_point start_;
    };

    std::array<double, kStages> seconds_{};
};

}  // namespace hornbeam::boosting
