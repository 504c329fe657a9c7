// Quantiles of values with integer masses (docs/boosting.md §3), by selection: linear in their number on average.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hornbeam::boosting {

// Of at least one value, none of them NaN, at a level in [0, 1]. bin_weight: their masses, empty if all are one.
[[nodiscard]] double weighted_quantile(std::span<const double> values, const std::vector<std::uint64_t>& bin_weight,
                                       double level);

}  // namespace hornbeam::boosting
