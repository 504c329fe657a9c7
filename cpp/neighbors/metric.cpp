#include "neighbors/metric.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "common/error.hpp"
#include "common/math.hpp"

namespace hornbeam::neighbors {

namespace {

struct Named {
    std::string_view name;
    MetricKind kind;
};

constexpr std::array kNamed{
    Named{"sqeuclidean", MetricKind::kSquaredEuclidean},
    Named{"euclidean", MetricKind::kEuclidean},
    Named{"manhattan", MetricKind::kManhattan},
    Named{"chebyshev", MetricKind::kChebyshev},
    Named{"minkowski", MetricKind::kMinkowski},
    Named{"inner_product", MetricKind::kInnerProduct},
    Named{"cosine", MetricKind::kCosine},
    Named{"canberra", MetricKind::kCanberra},
    Named{"braycurtis", MetricKind::kBrayCurtis},
    Named{"hamming", MetricKind::kHamming},
    Named{"jaccard", MetricKind::kJaccard},
};

MetricKind kind_of(std::string_view name) {
    const auto* found = std::ranges::find(kNamed, name, &Named::name);
    check_argument(found != kNamed.end(), "unknown metric '{}'", name);
    return found->kind;
}

}  // namespace

Metric::Metric(std::string_view name, double p, std::size_t n_features)
    : kind_(kind_of(name)), p_(p), n_features_(static_cast<double>(n_features)) {
    if (kind_ != MetricKind::kMinkowski) return;
    check_argument(p_ >= 1.0, "p must be at least 1, got {}", p_);
    // The same distances, cheaper and without the rounding of powers.
    if (p_ == 1.0) kind_ = MetricKind::kManhattan;
    if (p_ == 2.0) kind_ = MetricKind::kEuclidean;
    if (std::isinf(p_)) kind_ = MetricKind::kChebyshev;
}

std::vector<std::string_view> Metric::names() {
    std::vector<std::string_view> names;
    names.reserve(kNamed.size());
    for (const Named& named : kNamed) names.push_back(named.name);
    return names;
}

double Metric::distance(double reduced) const {
    switch (kind_) {
        case MetricKind::kEuclidean:
            return std::sqrt(reduced);
        case MetricKind::kMinkowski:
            return math::pow(reduced, 1.0 / p_);
        case MetricKind::kHamming:
            return reduced / n_features_;
        default:
            return reduced;
    }
}

double Metric::reduced(double distance) const {
    switch (kind_) {
        case MetricKind::kEuclidean:
            return distance * distance;
        case MetricKind::kMinkowski:
            return math::pow(distance, p_);
        case MetricKind::kHamming:
            return distance * n_features_;
        default:
            return distance;
    }
}

}  // namespace hornbeam::neighbors
