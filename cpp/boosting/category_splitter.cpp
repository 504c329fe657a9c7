#include "boosting/category_splitter.hpp"

#include <algorithm>

#include "common/math.hpp"

namespace hornbeam::boosting {

namespace {

// The gain of a split after its price, 0 if it is none.
double gain_of(const NodeTotals& left, double price, const GainTerms& t) {
    const NodeTotals right = t.node - left;
    if (left.count < t.min_count || right.count < t.min_count) return 0.0;
    const double hl = static_cast<double>(left.hessian) * t.hessian_scale;
    const double hr = static_cast<double>(right.hessian) * t.hessian_scale;
    if (hl < t.min_hessian || hr < t.min_hessian) return 0.0;
    const double gl = static_cast<double>(left.gradient) * t.gradient_scale;
    const double gr = static_cast<double>(right.gradient) * t.gradient_scale;
    const BoundedSide on_left(gl, hl + t.l2, t.bounds);
    const BoundedSide on_right(gr, hr + t.l2, t.bounds);
    const double gain = on_left.term + on_right.term - t.parent_term - price;
    return gain > (on_left.scale + on_right.scale) * 0x1p-44 ? gain : 0.0;
}

// log C(m, j) for j = 0..m/2.
std::vector<double> log_choices(std::size_t m) {
    std::vector<double> choices{0.0};
    for (std::size_t j = 1; j <= m / 2; ++j)
        choices.push_back(choices.back() + math::log(static_cast<double>(m - j + 1) / static_cast<double>(j)));
    return choices;
}

}  // namespace

CategorySplitter::Choice CategorySplitter::best(const CategorySums& sums, const GainTerms& terms) const {
    const std::vector<std::size_t> sorted = order(sums, terms);
    const std::size_t m = sorted.size();
    const std::vector<double> choices = log_choices(m);
    const bool onehot = is_onehot(sums);
    Choice best;
    NodeTotals run;
    for (std::size_t i = 0; i + 1 < m + (onehot ? 1 : 0); ++i) {
        run += sums[sorted[i]];
        const std::size_t n_left = onehot ? 1 : i + 1;
        const double price = terms.price_per_nat * choices[std::min(n_left, m - n_left)];
        const double gain = gain_of(onehot ? sums[sorted[i]] : run, price, terms);
        if (gain > best.gain) best = {gain, static_cast<std::uint32_t>(i)};
    }
    return best;
}

std::vector<std::size_t> CategorySplitter::left_of(const CategorySums& sums, const GainTerms& terms,
                                                   std::uint32_t candidate) const {
    std::vector<std::size_t> sorted = order(sums, terms);
    if (is_onehot(sums)) return {sorted[candidate]};
    sorted.resize(std::size_t{candidate} + 1);
    return sorted;
}

std::vector<std::size_t> CategorySplitter::order(const CategorySums& sums, const GainTerms& terms) const {
    std::vector<std::size_t> present;
    for (std::size_t c = 0; c < sums.size(); ++c)
        if (sums[c].count > 0) present.push_back(c);
    if (is_onehot(sums)) return present;

    struct Keyed {
        double mean;
        std::size_t category;
    };
    std::vector<Keyed> keyed;
    keyed.reserve(present.size());
    for (const std::size_t c : present) {
        const double weight = static_cast<double>(sums[c].hessian) * terms.hessian_scale + terms.smooth;
        const double gradient = static_cast<double>(sums[c].gradient) * terms.gradient_scale;
        keyed.push_back({weight > 0.0 || gradient != 0.0 ? gradient / weight : 0.0, c});
    }
    std::ranges::sort(keyed, [](const Keyed& a, const Keyed& b) {
        return a.mean != b.mean ? a.mean < b.mean : a.category < b.category;
    });
    std::ranges::transform(keyed, present.begin(), [](const Keyed& k) { return k.category; });
    return present;
}

}  // namespace hornbeam::boosting
