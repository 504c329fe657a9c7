// What is searched: rows, a metric, and what the metric needs to know of each row.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/parallel.hpp"
#include "neighbors/metric.hpp"
#include "neighbors/row_table.hpp"
#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::neighbors {

template <typename T>
class Base {
  public:
    Base(MatrixView<const T> X, const Metric& metric, parallel::ThreadLimit threads);

    [[nodiscard]] const Metric& metric() const { return metric_; }
    [[nodiscard]] const RowTable<T>& rows() const { return rows_; }
    // Euclidean, for the cosine alone.
    [[nodiscard]] std::span<const double> norms() const { return norms_; }

  private:
    Metric metric_;
    RowTable<T> rows_;
    std::vector<double> norms_;
};

// Multiplies by the power of two that brings the largest magnitude to at least 1/2 and below 1, for a cosine, which is the same
// then: neither do squares overflow, nor do all of them vanish.
template <typename T>
void bring_near_one(std::span<T> values);

// One query at a time: its canonical reduced distances (neighbors/distances.kernel.inc).
template <typename T>
class DistancesTo {
  public:
    explicit DistancesTo(const Base<T>& base) : base_(base), kernels_(simd::active()), query_(base.rows().stride()) {}

    template <typename Q>
    void set_query(VectorView<const Q> values) {
        for (std::size_t j = 0; j < values.size; ++j) query_[j] = static_cast<double>(values[j]);
        if (base_.metric().kind() != MetricKind::kCosine) return;
        bring_near_one(query_.span());
        query_norm_ = norm();
    }
    // Euclidean, of the query.
    [[nodiscard]] double norm() const;

    // Of the n rows from `begin` on.
    void range(std::size_t begin, std::size_t n, double* out);
    // Of these rows.
    void rows(std::span<const std::uint32_t> ids, double* out);

  private:
    struct Where {
        std::size_t begin;
        const std::uint32_t* ids;  // null: from `begin` on
        std::size_t n;
    };

    void measure(simd::Distance which, const Where& where, double* out) const;
    void distances(const Where& where, double* out);
    void turn_into_cosine_distances(const Where& where, double* out) const;
    [[nodiscard]] simd::DistanceQuery arguments() const { return {query_.data(), query_.size(), base_.metric().p()}; }

    const Base<T>& base_;
    const simd::KernelTable& kernels_;
    AlignedBuffer<double> query_;
    double query_norm_ = 0.0;
    std::vector<double> other_;
};

}  // namespace hornbeam::neighbors
