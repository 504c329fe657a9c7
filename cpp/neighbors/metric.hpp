// What is near: a metric by name, between the reduced distance that is compared and the distance that is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace hornbeam::neighbors {

enum class MetricKind : std::uint8_t {
    kSquaredEuclidean,
    kEuclidean,
    kManhattan,
    kChebyshev,
    kMinkowski,
    kInnerProduct,
    kCosine,
    kCanberra,
    kBrayCurtis,
    kHamming,
    kJaccard,
};

class Metric {
  public:
    // p: of Minkowski's, at least 1. Throws if there is no such metric.
    Metric(std::string_view name, double p, std::size_t n_features);

    [[nodiscard]] static std::vector<std::string_view> names();

    [[nodiscard]] MetricKind kind() const { return kind_; }
    [[nodiscard]] double p() const { return p_; }

    // The distance of a reduced one, and what radius search compares reduced ones with.
    [[nodiscard]] double distance(double reduced) const;
    [[nodiscard]] double reduced(double distance) const;

  private:
    MetricKind kind_;
    double p_;
    double n_features_;
};

}  // namespace hornbeam::neighbors
