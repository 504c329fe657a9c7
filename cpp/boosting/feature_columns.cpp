#include "boosting/feature_columns.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>
#include <span>

namespace hornbeam::boosting {

namespace {

// A shared column that is stored has no missing bin of its own, one that is listed uses every byte.
constexpr std::size_t kMaxBytes = simd::kMissingBin;
constexpr std::size_t kMaxListedBytes = kMaxBytes + 1;
// Bundles that a feature is compared with: the last ones.
constexpr std::size_t kOpenBundles = 64;
// A column that is not zero in fewer rows than one out of these is listed: a listed byte takes so much more time and memory.
constexpr std::size_t kListedCost = 4;

// Features whose rows are disjoint so far.
struct Bundle {
    RowBits rows;
    std::size_t n_rows = 0;
    std::size_t n_bytes = 1;
    std::vector<std::size_t> features;
};

// The rows in which a feature is not zero, as bits.
struct BitRows {
    const std::vector<RowBits>& bits;

    [[nodiscard]] std::size_t n_features() const { return bits.size(); }
    [[nodiscard]] bool are_few(std::size_t feature) const { return !bits[feature].empty(); }
    [[nodiscard]] RowBits none(std::size_t feature) const { return RowBits(bits[feature].size()); }
    [[nodiscard]] bool meet(std::size_t feature, const RowBits& others) const {
        for (std::size_t i = 0; i < others.size(); ++i)
            if ((bits[feature][i] & others[i]) != 0) return true;
        return false;
    }
    [[nodiscard]] std::size_t n_rows(std::size_t feature) const {
        return std::transform_reduce(bits[feature].begin(), bits[feature].end(), std::size_t{0}, std::plus<>{},
                                     [](std::uint64_t word) { return static_cast<std::size_t>(std::popcount(word)); });
    }
    void add_to(std::size_t feature, Bundle& bundle) const {
        for (std::size_t i = 0; i < bundle.rows.size(); ++i) bundle.rows[i] |= bits[feature][i];
    }
};

// The same as lists.
struct ListedRows {
    const SparsePattern& pattern;

    [[nodiscard]] std::size_t n_features() const { return pattern.n_columns(); }
    [[nodiscard]] bool are_few(std::size_t feature) const {
        return pattern.n_nonzero(feature) <= pattern.n_rows() / 4 * 3;
    }
    [[nodiscard]] RowBits none(std::size_t) const { return RowBits((pattern.n_rows() + 63) / 64); }
    [[nodiscard]] bool meet(std::size_t feature, const RowBits& others) const {
        return std::ranges::any_of(pattern.rows(feature),
                                   [&](std::uint32_t row) { return (others[row / 64] >> (row % 64) & 1) != 0; });
    }
    [[nodiscard]] std::size_t n_rows(std::size_t feature) const { return pattern.n_nonzero(feature); }
    void add_to(std::size_t feature, Bundle& bundle) const {
        for (const std::uint32_t row : pattern.rows(feature)) bundle.rows[row / 64] |= std::uint64_t{1} << (row % 64);
    }
};

std::size_t n_bytes_but_zero(const BinMapper& mapper, std::size_t feature, bool may_miss) {
    return mapper.n_value_bins(feature) - 1 + (may_miss || mapper.has_missing(feature) ? 1 : 0);
}

// First fit, in the order of the features: the columns of a one-hot encoding usually stand side by side.
template <typename Rows>
std::vector<Bundle> make_bundles(const BinMapper& mapper, const Rows& nonzero, bool may_miss) {
    std::vector<Bundle> bundles;
    for (std::size_t f = 0; f < nonzero.n_features(); ++f) {
        parallel::poll();
        const std::size_t n_bytes = n_bytes_but_zero(mapper, f, may_miss);
        if (!nonzero.are_few(f) || 1 + n_bytes > kMaxBytes) continue;
        const auto fits = [&](const Bundle& b) { return b.n_bytes + n_bytes <= kMaxBytes && !nonzero.meet(f, b.rows); };
        const auto n_open = static_cast<std::ptrdiff_t>(std::min(kOpenBundles, bundles.size()));
        auto bundle = std::find_if(bundles.end() - n_open, bundles.end(), fits);
        if (bundle == bundles.end()) {
            if (bundles.size() >= kOpenBundles) bundles[bundles.size() - kOpenBundles].rows = {};
            bundle = bundles.insert(bundle, Bundle{nonzero.none(f), 0, 1, {}});
        }
        nonzero.add_to(f, *bundle);
        bundle->n_rows += nonzero.n_rows(f);
        bundle->n_bytes += n_bytes;
        bundle->features.push_back(f);
    }
    return bundles;
}

// The bundles, and every other feature by itself, in the order of their first features.
template <typename Rows>
std::vector<Bundle> make_columns(const BinMapper& mapper, const Rows& nonzero, bool may_miss) {
    std::vector<Bundle> columns = make_bundles(mapper, nonzero, may_miss);
    std::vector<std::uint8_t> is_bundled(mapper.n_features(), 0);
    for (const Bundle& bundle : columns)
        for (const std::size_t f : bundle.features) is_bundled[f] = 1;
    for (std::size_t f = 0; f < mapper.n_features(); ++f)
        if (is_bundled[f] == 0) columns.push_back({{}, nonzero.n_rows(f), 0, {f}});
    std::ranges::sort(columns, {}, [](const Bundle& column) { return column.features.front(); });
    return columns;
}

}  // namespace

FeatureColumns::FeatureColumns(std::size_t n_features)
    : column_(n_features), features_(n_features), n_byte_columns_(n_features) {
    for (std::size_t f = 0; f < n_features; ++f) {
        column_[f] = f;
        features_[f] = {f};
    }
}

FeatureColumns::FeatureColumns(const BinMapper& mapper, const std::vector<RowBits>& nonzero)
    : column_(mapper.n_features()), bytes_(mapper.n_features()) {
    for (Bundle& column : make_columns(mapper, BitRows{nonzero}, false))
        append(mapper, std::move(column.features), column.n_bytes, false);
    n_byte_columns_ = n_columns();
}

FeatureColumns::FeatureColumns(const BinMapper& mapper, const SparsePattern& nonzero, bool may_miss)
    : column_(mapper.n_features()), bytes_(mapper.n_features()) {
    std::vector<std::size_t> listed;
    for (Bundle& column : make_columns(mapper, ListedRows{nonzero}, may_miss)) {
        if (column.n_rows < nonzero.n_rows() / kListedCost)
            listed.insert(listed.end(), column.features.begin(), column.features.end());
        else
            append(mapper, std::move(column.features), column.n_bytes, may_miss);
    }
    n_byte_columns_ = n_columns();
    std::ranges::sort(listed);
    append_listed(mapper, listed, may_miss);
}

void FeatureColumns::append(const BinMapper& mapper, std::vector<std::size_t> features, std::size_t n_bytes,
                            bool may_miss) {
    std::size_t first = 1;
    for (const std::size_t f : features) {
        column_[f] = features_.size();
        bytes_[f] = {static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(mapper.bin_of_zero(f)),
                     static_cast<std::uint8_t>(mapper.n_value_bins(f)), may_miss || mapper.has_missing(f)};
        first += n_bytes_but_zero(mapper, f, may_miss);
    }
    features_.push_back(std::move(features));
    n_bytes_.push_back(n_bytes);
}

void FeatureColumns::append_listed(const BinMapper& mapper, std::span<const std::size_t> features, bool may_miss) {
    std::vector<std::size_t> together;
    std::size_t n_bytes = 1;
    for (const std::size_t f : features) {
        if (n_bytes + n_bytes_but_zero(mapper, f, may_miss) > kMaxListedBytes) {
            append(mapper, std::move(together), kMaxBytes, may_miss);
            together = {};
            n_bytes = 1;
        }
        n_bytes += n_bytes_but_zero(mapper, f, may_miss);
        together.push_back(f);
    }
    if (!together.empty()) append(mapper, std::move(together), kMaxBytes, may_miss);
}

std::vector<std::size_t> FeatureColumns::columns_of(std::span<const std::size_t> features) const {
    std::vector<std::size_t> columns;
    columns.reserve(features.size());
    for (const std::size_t f : features)
        if (!is_listed(column_[f])) columns.push_back(column_[f]);
    std::ranges::sort(columns);
    columns.erase(std::ranges::unique(columns).begin(), columns.end());
    for (std::size_t c = n_byte_columns_; c < n_columns(); ++c) columns.push_back(c);
    return columns;
}

std::size_t FeatureColumns::n_bytes(std::size_t column, const BinMapper& mapper) const {
    return is_shared(column) ? n_bytes_[column] : mapper.n_value_bins(features_[column].front());
}

}  // namespace hornbeam::boosting
