// The only source compiled once per instruction set (cmake/isa.cmake). It exports one symbol, its table.
//
// Everything else has internal linkage: an inline or template function with external linkage compiled here for a
// newer CPU could win at link time over its baseline twin and crash an older machine.
#include "simd/kernel_table.hpp"

#include "common/math.hpp"

#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace hornbeam::simd {
namespace {

// The lanes first: the kernels below use them.
#include "simd/float_lanes.inc"
#include "simd/lanes.inc"
#include "simd/sum_lanes.inc"

#include "boosting/binning.kernel.inc"
#include "boosting/gradients.kernel.inc"
#include "boosting/growth.kernel.inc"
#include "boosting/histogram.kernel.inc"
#include "boosting/predict.kernel.inc"
#include "boosting/sampling.kernel.inc"
#include "boosting/shap.kernel.inc"
#include "boosting/split_candidates.kernel.inc"
#include "boosting/split_candidates_screened.kernel.inc"
#include "boosting/split_scan.kernel.inc"
#include "neighbors/distances.kernel.inc"
#include "neighbors/screen.kernel.inc"

}  // namespace

#define HORNBEAM_CONCAT_(a, b) a##b
#define HORNBEAM_CONCAT(a, b) HORNBEAM_CONCAT_(a, b)
#define HORNBEAM_STRING_(a) #a
#define HORNBEAM_STRING(a) HORNBEAM_STRING_(a)
#define HORNBEAM_TABLE HORNBEAM_CONCAT(k_, HORNBEAM_LEVEL)

extern const KernelTable HORNBEAM_TABLE;
const KernelTable HORNBEAM_TABLE{
    .name = HORNBEAM_STRING(HORNBEAM_LEVEL),
    .max_abs = max_abs,
    .fixed_point_sum_abs = fixed_point_sum_abs,
    .fixed_point_sum = fixed_point_sum,
    .exp = exp_values,
    .sigmoid = sigmoid,
    .softmax = softmax,
    .logistic_gradients = logistic_gradients,
    .logistic_losses = logistic_losses,
    .softmax_gradients = softmax_gradients,
    .softmax_losses = softmax_losses,
    .bin_float32 = bin_float32,
    .bin_float64 = bin_float64,
    .quantise_packed = quantise_packed,
    .quantise_wide = quantise_wide,
    .gather_packed = gather_packed,
    .histogram_packed = histogram_packed,
    .histogram_packed_some = histogram_packed_some,
    .flush_packed = flush_packed,
    .histogram_wide = histogram_wide,
    .histogram_codes = histogram_codes,
    .histogram_listed_packed = histogram_listed_packed,
    .histogram_listed_wide = histogram_listed_wide,
    .subtract_unpacked = subtract_unpacked,
    .pack_cells = pack_cells,
    .subtract_packed = subtract_packed,
    .move_packed = move_packed,
    .add_cells = add_cells,
    .subtract_cells = subtract_cells,
    .random_uniforms = random_uniforms,
    .scan_feature = scan_feature,
    .partition = partition,
    .partition_bytes = partition_bytes,
    .partition_codes = partition_codes,
    .leaf_sums = leaf_sums,
    .add_masked_tree = add_masked_tree,
    .add_walked_tree = add_walked_tree,
    .shap_factors = shap_factors,
    .shap_walk = shap_walk,
    .distances = {kernels_of<SquaredEuclidean>(), kernels_of<Manhattan>(), kernels_of<Chebyshev>(),
                  kernels_of<Minkowski>(), kernels_of<InnerProduct>(), kernels_of<Canberra>(), kernels_of<Hamming>(),
                  kernels_of<Together>(), kernels_of<Both>(), kernels_of<Either>()},
    .screen_panels = screen_panels,
};

}  // namespace hornbeam::simd
