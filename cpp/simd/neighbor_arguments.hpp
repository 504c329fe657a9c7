// What the kernels of neighbors take and give.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hornbeam::simd {

// Distances of a query to rows of a base; see neighbors/distances.kernel.inc.

enum class Distance : std::uint8_t {
    kSquaredEuclidean,
    kManhattan,
    kChebyshev,
    kMinkowski,
    kInnerProduct,
    kCanberra,
    kHamming,
    // parts of others
    kTogether,
    kBoth,
    kEither,
};
inline constexpr std::size_t kNDistances = 10;

struct DistanceQuery {
    const double* values;
    std::size_t width;  // whole lanes
    double p;           // of Minkowski's
};

// To the rows `ids` of the base, or to its first n; they are `stride` values apart.
template <typename T>
using DistanceKernel = void (*)(const DistanceQuery& query, const T* base, std::size_t stride, const std::uint32_t* ids,
                                std::size_t n, double* out);

struct DistanceKernels {
    DistanceKernel<float> float32;
    DistanceKernel<double> float64;

    [[nodiscard]] DistanceKernel<float> of(const float*) const { return float32; }
    [[nodiscard]] DistanceKernel<double> of(const double*) const { return float64; }
};

// Screening pairs of queries and rows; see neighbors/screen.kernel.inc.

inline constexpr std::size_t kPanelRows = 16;
inline constexpr std::size_t kPanelGroup = 2;  // panels that are screened together
inline constexpr std::size_t kTileQueries = 12;

// What is kept for a query: scores and rows, `size` of them so far.
struct ScreenSink {
    float* score;
    std::uint32_t* row;
    std::size_t size;
    std::size_t capacity;
};

// Limits and sinks are as many as a whole tile has queries.
struct ScreenTile {
    const float* queries;
    const float* limits;
    ScreenSink* sinks;
    std::size_t n_queries;
};

}  // namespace hornbeam::simd
