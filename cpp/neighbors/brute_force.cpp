#include "neighbors/brute_force.hpp"

#include <algorithm>
#include <limits>

#include "neighbors/pieces.hpp"
#include "neighbors/piecewise_answer.hpp"
#include "neighbors/top_k.hpp"

namespace hornbeam::neighbors {

namespace {

constexpr std::size_t kBlockQueries = 16;
constexpr std::size_t kBlockBytes = std::size_t{1} << 16;
// Of a segment of rows: what is found in all segments shall take little memory beside them.
constexpr std::size_t least_rows(std::size_t k) { return std::max<std::size_t>(2048, 64 * k); }

// visit(query, first row, distances) for blocks of rows, ascending.
template <typename T, typename Q, typename Visit>
void scan(const Base<T>& base, const Queries<Q>& queries, Range asked, Range rows, Visit visit) {
    std::vector<DistancesTo<T>> distances;
    distances.reserve(asked.size());
    for (std::size_t q = asked.begin; q < asked.end; ++q) {
        distances.emplace_back(base);
        distances.back().set_query(queries.values.row(q));
    }
    const std::size_t n = std::max<std::size_t>(kBlockBytes / (base.rows().stride() * sizeof(T)), 16);
    std::vector<double> found(n);
    for (std::size_t begin = rows.begin; begin < rows.end; begin += n) {
        const std::size_t size = std::min(n, rows.end - begin);
        parallel::poll();
        for (std::size_t q = asked.begin; q < asked.end; ++q) {
            distances[q - asked.begin].range(begin, size, found.data());
            visit(q, begin, std::span<const double>(found.data(), size));
        }
    }
}

template <typename T>
parallel::ThreadLimit limit_for(const Base<T>& base, std::size_t n_queries, parallel::ThreadLimit threads) {
    return parallel::limit_for(threads, n_queries * base.rows().n_rows() * base.rows().stride() / 2);
}

}  // namespace

template <typename T>
template <typename Q>
void BruteForce<T>::nearest(const Queries<Q>& queries, std::size_t k, parallel::ThreadLimit threads,
                            const NearestAnswer& answer) const {
    const Pieces pieces(queries.size(), kBlockQueries, base_.rows().n_rows(), least_rows(k));
    PiecewiseAnswer found(pieces, k, base_.metric(), answer);
    parallel::for_chunks(pieces.size(), limit_for(base_, queries.size(), threads), [&](std::size_t piece, std::size_t) {
        const Range asked = pieces.queries(piece);
        std::vector<TopK> nearest(asked.size(), TopK(k));
        scan(base_, queries, asked, pieces.units(piece),
             [&](std::size_t q, std::size_t first, std::span<const double> distances) {
                 TopK& top = nearest[q - asked.begin];
                 const std::uint32_t own = queries.own(q);
                 for (std::size_t i = 0; i < distances.size(); ++i) {
                     const auto row = static_cast<std::uint32_t>(first + i);
                     if (row != own) top.show({distances[i], row});
                 }
             });
        for (std::size_t q = asked.begin; q < asked.end; ++q) found.add(piece, q, nearest[q - asked.begin].sorted());
    });
    found.finish();
}

template <typename T>
template <typename Q>
RadiusAnswer BruteForce<T>::within(const Queries<Q>& queries, double reduced_radius,
                                   parallel::ThreadLimit threads) const {
    const Pieces pieces(queries.size(), kBlockQueries, base_.rows().n_rows(), least_rows(1));
    std::vector<std::vector<Neighbor>> found(queries.size() * pieces.n_segments());
    parallel::for_chunks(pieces.size(), limit_for(base_, queries.size(), threads), [&](std::size_t piece, std::size_t) {
        const std::size_t segment = pieces.segment(piece);
        scan(base_, queries, pieces.queries(piece), pieces.units(piece),
             [&](std::size_t q, std::size_t first, std::span<const double> distances) {
                 for (std::size_t i = 0; i < distances.size(); ++i) {
                     if (!(distances[i] <= reduced_radius)) continue;
                     const auto row = static_cast<std::uint32_t>(first + i);
                     if (row != queries.own(q)) found[q * pieces.n_segments() + segment].push_back({distances[i], row});
                 }
             });
    });
    RadiusAnswer answer;
    answer.begin.push_back(0);
    std::size_t n = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        n += found[i].size();
        if ((i + 1) % pieces.n_segments() == 0) answer.begin.push_back(static_cast<std::int64_t>(n));
    }
    answer.distance.reserve(n);
    answer.row.reserve(n);
    for (std::vector<Neighbor>& some : found) {
        for (const Neighbor& neighbor : some) {
            answer.distance.push_back(base_.metric().distance(neighbor.distance));
            answer.row.push_back(neighbor.row);
        }
        some = {};
    }
    return answer;
}

#define HORNBEAM_INSTANTIATE(T, Q)                                                                                    \
    template void BruteForce<T>::nearest(const Queries<Q>&, std::size_t, parallel::ThreadLimit, const NearestAnswer&) \
        const;                                                                                                        \
    template RadiusAnswer BruteForce<T>::within(const Queries<Q>&, double, parallel::ThreadLimit) const;
HORNBEAM_INSTANTIATE(float, float)
HORNBEAM_INSTANTIATE(float, double)
HORNBEAM_INSTANTIATE(double, float)
HORNBEAM_INSTANTIATE(double, double)

}  // namespace hornbeam::neighbors
