#include "neighbors/base.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/error.hpp"
#include "neighbors/neighbor.hpp"

namespace hornbeam::neighbors {

namespace {

constexpr std::size_t kNanosecondsPerValue = 1;

simd::Distance kernel_of(MetricKind kind) {
    switch (kind) {
        case MetricKind::kSquaredEuclidean:
        case MetricKind::kEuclidean:
            return simd::Distance::kSquaredEuclidean;
        case MetricKind::kManhattan:
        case MetricKind::kBrayCurtis:
            return simd::Distance::kManhattan;
        case MetricKind::kChebyshev:
            return simd::Distance::kChebyshev;
        case MetricKind::kMinkowski:
            return simd::Distance::kMinkowski;
        case MetricKind::kCanberra:
            return simd::Distance::kCanberra;
        case MetricKind::kHamming:
            return simd::Distance::kHamming;
        case MetricKind::kJaccard:
            return simd::Distance::kBoth;
        case MetricKind::kInnerProduct:
        case MetricKind::kCosine:
            break;
    }
    return simd::Distance::kInnerProduct;
}

// What is no number has no place in the order of neighbours: infinity over infinity, or a coordinate that is none itself.
void count_as_infinite(double* distances, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
        distances[i] = distances[i] == distances[i] ? distances[i] : std::numeric_limits<double>::infinity();
}

}  // namespace

template <typename T>
Base<T>::Base(MatrixView<const T> X, const Metric& metric, parallel::ThreadLimit threads)
    : metric_(metric), rows_(X, threads) {
    check_argument(X.n_rows < kNoRow, "X must have fewer than 2^32 - 1 rows, got {}", X.n_rows);
    if (metric_.kind() != MetricKind::kCosine) return;
    norms_.resize(rows_.n_rows());
    constexpr std::size_t kChunkRows = 1024;
    const auto limit = parallel::limit_for(threads, rows_.n_rows() * rows_.stride() * kNanosecondsPerValue);
    parallel::for_ranges(rows_.n_rows(), kChunkRows, limit, [&](std::size_t begin, std::size_t end) {
        DistancesTo<T> own(*this);
        for (std::size_t i = begin; i < end; ++i) {
            bring_near_one(rows_.values_of(i));
            own.set_query(VectorView<const T>{rows_.row(i), rows_.n_cols()});
            norms_[i] = own.norm();
        }
    });
}

template <typename T>
void bring_near_one(std::span<T> values) {
    T most = 0;
    for (const T x : values) most = std::max(most, std::abs(x));
    if (!(most > T{0} && std::isfinite(most))) return;
    int exponent = 0;
    static_cast<void>(std::frexp(most, &exponent));
    for (T& x : values) x = std::ldexp(x, -exponent);
}

template <typename T>
double DistancesTo<T>::norm() const {
    double dot = 0.0;
    kernels_.distance(simd::Distance::kInnerProduct).float64(arguments(), query_.data(), 0, nullptr, 1, &dot);
    return std::sqrt(-dot);
}

template <typename T>
void DistancesTo<T>::measure(simd::Distance which, const Where& where, double* out) const {
    const RowTable<T>& rows = base_.rows();
    kernels_.distance(which).of(rows.row(0))(arguments(), rows.row(where.begin), rows.stride(), where.ids, where.n,
                                             out);
}

template <typename T>
void DistancesTo<T>::range(std::size_t begin, std::size_t n, double* out) {
    distances({begin, nullptr, n}, out);
    count_as_infinite(out, n);
}

template <typename T>
void DistancesTo<T>::rows(std::span<const std::uint32_t> ids, double* out) {
    distances({0, ids.data(), ids.size()}, out);
    count_as_infinite(out, ids.size());
}

template <typename T>
void DistancesTo<T>::distances(const Where& where, double* out) {
    const MetricKind kind = base_.metric().kind();
    measure(kernel_of(kind), where, out);
    if (kind == MetricKind::kCosine) return turn_into_cosine_distances(where, out);
    if (kind != MetricKind::kBrayCurtis && kind != MetricKind::kJaccard) return;
    other_.resize(std::max(other_.size(), where.n));
    const bool is_similarity = kind == MetricKind::kJaccard;
    measure(is_similarity ? simd::Distance::kEither : simd::Distance::kTogether, where, other_.data());
    for (std::size_t i = 0; i < where.n; ++i) {
        const double part = is_similarity ? other_[i] - out[i] : out[i];
        out[i] = part == 0.0 ? 0.0 : part / other_[i];
    }
}

// A row of length zero has no direction: distance 1.
template <typename T>
void DistancesTo<T>::turn_into_cosine_distances(const Where& where, double* out) const {
    for (std::size_t i = 0; i < where.n; ++i) {
        const double norms = base_.norms()[where.ids ? where.ids[i] : where.begin + i] * query_norm_;
        out[i] = norms > 0.0 ? std::clamp(1.0 + out[i] / norms, 0.0, 2.0) : 1.0;
    }
}

template void bring_near_one(std::span<float>);
template void bring_near_one(std::span<double>);
template class Base<float>;
template class Base<double>;
template class DistancesTo<float>;
template class DistancesTo<double>;

}  // namespace hornbeam::neighbors
