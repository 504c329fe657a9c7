#include "boosting/category_splitter.hpp"

#include <algorithm>

#include "common/math.hpp"
#include "common/random.hpp"

namespace hornbeam::boosting {

namespace {

// log C(m, j) for j = 0..m/2.
std::vector<double> log_choices(std::size_t m) {
    std::vector<double> choices{0.0};
    for (std::size_t j = 1; j <= m / 2; ++j)
        choices.push_back(choices.back() + math::log(static_cast<double>(m - j + 1) / static_cast<double>(j)));
    return choices;
}

}  // namespace

template <typename F>
void CategorySplitter::for_each_candidate(const BinSums& sums, const GainTerms& terms, F&& f) const {
    const std::vector<std::size_t> sorted = order(sums, terms);
    const std::size_t m = sorted.size();
    const std::vector<double> choices = log_choices(m);
    const bool onehot = is_onehot(sums);
    NodeTotals run;
    for (std::size_t i = 0; i + 1 < m + (onehot ? 1 : 0); ++i) {
        run += sums[sorted[i]];
        const std::size_t n_left = onehot ? 1 : i + 1;
        const double price = terms.price_per_nat * choices[std::min(n_left, m - n_left)];
        f(static_cast<std::uint32_t>(i), onehot ? sums[sorted[i]] : run, price);
    }
}

CategorySplitter::Choice CategorySplitter::best(const BinSums& sums, const GainTerms& terms) const {
    Choice best;
    for_each_candidate(sums, terms, [&](std::uint32_t candidate, const NodeTotals& left, double price) {
        const double gain = terms.gain(left, price, 0);
        if (gain > best.gain) best = {gain, candidate};
    });
    return best;
}

CategorySplitter::Choice CategorySplitter::drawn(const BinSums& sums, const GainTerms& terms,
                                                 std::uint64_t bits) const {
    std::vector<Choice> allowed;
    for_each_candidate(sums, terms, [&](std::uint32_t candidate, const NodeTotals& left, double price) {
        if (terms.allow(left)) allowed.push_back({terms.gain(left, price, 0), candidate});
    });
    return allowed.empty() ? Choice{} : allowed[draw_below(bits, allowed.size())];
}

std::vector<std::size_t> CategorySplitter::left_of(const BinSums& sums, const GainTerms& terms,
                                                   std::uint32_t candidate) const {
    std::vector<std::size_t> sorted = order(sums, terms);
    if (is_onehot(sums)) return {sorted[candidate]};
    sorted.resize(std::size_t{candidate} + 1);
    return sorted;
}

std::vector<std::size_t> CategorySplitter::order(const BinSums& sums, const GainTerms& terms) const {
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
