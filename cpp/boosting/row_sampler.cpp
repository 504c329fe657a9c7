#include "boosting/row_sampler.hpp"

#include <algorithm>
#include <numeric>

#include "common/random.hpp"
#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

namespace {

constexpr std::size_t kStripRows = 512;
constexpr std::size_t kNanosecondsPerRow = 4;

}  // namespace

RowSampler::RowSampler(const SamplingOptions& options, const RowWeights& weights, std::size_t block_rows,
                       std::uint64_t seed, parallel::ThreadLimit threads)
    : options_(options), weights_(weights), seed_(seed), threads_(threads), importance_(weights, threads) {
    for (std::size_t first = 0; first < weights.n_rows; first += block_rows) sample_.first_row.push_back(first);
    sample_.n_drawn.resize(sample_.first_row.size());
    sample_.rows.resize(weights.n_rows);
}

const RowSample& RowSampler::draw(std::uint32_t iteration, std::span<const double> g, std::span<const double> h) {
    const std::size_t n = weights_.n_rows;
    if (options_.by_gradient)
        importance_.find(g, h, options_.subsample * static_cast<double>(n), sample_.class_of, sample_.probability);
    std::vector<std::uint64_t> count(sample_.n_blocks());
    parallel::for_chunks(count.size(), parallel::limit_for(threads_, n * kNanosecondsPerRow),
                         [&](std::size_t b, std::size_t) { count[b] = draw_block(iteration, b); });
    sample_.total_count = std::reduce(count.begin(), count.end());
    return sample_;
}

std::uint64_t RowSampler::draw_block(std::uint32_t iteration, std::size_t block) {
    const simd::KernelTable& kernels = simd::active();
    const std::size_t first = sample_.first_row[block];
    const std::size_t end = block + 1 < sample_.n_blocks() ? sample_.first_row[block + 1] : sample_.rows.size();
    std::uint16_t* drawn = sample_.rows.data() + first;
    std::vector<std::uint16_t> others(end - first);
    double uniform[kStripRows];
    std::uint32_t n_drawn = 0;
    std::size_t n_others = 0;
    for (std::size_t begin = first; begin < end; begin += kStripRows) {
        const std::size_t m = std::min(kStripRows, end - begin);
        kernels.random_uniforms(seed_, static_cast<std::uint32_t>(Purpose::kRow), iteration, begin, m, uniform);
        for (std::size_t i = 0; i < m; ++i) {
            const double p = sample_.divides() ? sample_.divisor(begin + i) : options_.subsample;
            const bool takes_part = uniform[i] < p;
            drawn[n_drawn] = others[n_others] = static_cast<std::uint16_t>(begin + i - first);
            n_drawn += takes_part;
            n_others += !takes_part;
        }
    }
    std::copy_n(others.begin(), n_others, drawn + n_drawn);
    sample_.n_drawn[block] = n_drawn;
    if (weights_.count.empty()) return n_drawn;
    return std::transform_reduce(drawn, drawn + n_drawn, std::uint64_t{0}, std::plus<>{},
                                 [&](std::uint16_t row) { return std::uint64_t{weights_.count[first + row]}; });
}

}  // namespace hornbeam::boosting
