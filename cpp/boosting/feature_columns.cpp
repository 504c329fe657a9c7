#include "boosting/feature_columns.hpp"

#include <algorithm>

namespace hornbeam::boosting {

namespace {

// A shared column has no missing bin of its own.
constexpr std::size_t kMaxBytes = simd::kMissingBin;

// Features whose rows are disjoint so far.
struct Bundle {
    RowBits rows;
    std::size_t n_bytes = 1;
    std::vector<std::size_t> features;
};

bool are_disjoint(const RowBits& a, const RowBits& b) {
    for (std::size_t i = 0; i < a.size(); ++i)
        if ((a[i] & b[i]) != 0) return false;
    return true;
}

std::size_t n_bytes_but_zero(const BinMapper& mapper, std::size_t feature) {
    return mapper.n_value_bins(feature) - 1 + (mapper.has_missing(feature) ? 1 : 0);
}

// First fit, in the order of the features: the columns of a one-hot encoding usually stand side by side.
std::vector<Bundle> make_bundles(const BinMapper& mapper, const std::vector<RowBits>& nonzero) {
    std::vector<Bundle> bundles;
    for (std::size_t f = 0; f < nonzero.size(); ++f) {
        parallel::poll();
        const std::size_t n_bytes = n_bytes_but_zero(mapper, f);
        if (nonzero[f].empty() || 1 + n_bytes > kMaxBytes) continue;
        const auto fits = [&](const Bundle& b) {
            return b.n_bytes + n_bytes <= kMaxBytes && are_disjoint(b.rows, nonzero[f]);
        };
        auto bundle = std::ranges::find_if(bundles, fits);
        if (bundle == bundles.end()) bundle = bundles.insert(bundle, Bundle{RowBits(nonzero[f].size()), 1, {}});
        for (std::size_t i = 0; i < nonzero[f].size(); ++i) bundle->rows[i] |= nonzero[f][i];
        bundle->n_bytes += n_bytes;
        bundle->features.push_back(f);
    }
    return bundles;
}

}  // namespace

FeatureColumns::FeatureColumns(std::size_t n_features) : column_(n_features), features_(n_features) {
    for (std::size_t f = 0; f < n_features; ++f) {
        column_[f] = f;
        features_[f] = {f};
    }
}

FeatureColumns::FeatureColumns(const BinMapper& mapper, const std::vector<RowBits>& nonzero)
    : column_(mapper.n_features()), bytes_(mapper.n_features()) {
    std::vector<Bundle> bundles = make_bundles(mapper, nonzero);
    std::vector<Bundle*> bundle_of(mapper.n_features(), nullptr);
    for (Bundle& bundle : bundles)
        for (const std::size_t f : bundle.features) bundle_of[f] = &bundle;

    // Columns stand in the order of their first features.
    for (std::size_t f = 0; f < mapper.n_features(); ++f) {
        const Bundle* bundle = bundle_of[f];
        if (bundle && bundle->features.front() != f) continue;
        const std::size_t column = features_.size();
        features_.push_back(bundle ? bundle->features : std::vector<std::size_t>{f});
        n_bytes_.push_back(bundle ? bundle->n_bytes : 0);
        std::size_t first = 1;
        for (const std::size_t g : features_.back()) {
            column_[g] = column;
            if (features_.back().size() == 1) continue;
            bytes_[g] = {static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(mapper.bin_of_zero(g)),
                         static_cast<std::uint8_t>(mapper.n_value_bins(g)), mapper.has_missing(g)};
            first += n_bytes_but_zero(mapper, g);
        }
    }
}

std::vector<std::size_t> FeatureColumns::columns_of(std::span<const std::size_t> features) const {
    std::vector<std::size_t> columns;
    columns.reserve(features.size());
    for (const std::size_t f : features) columns.push_back(column_[f]);
    std::ranges::sort(columns);
    columns.erase(std::ranges::unique(columns).begin(), columns.end());
    return columns;
}

std::size_t FeatureColumns::n_bytes(std::size_t column, const BinMapper& mapper) const {
    return is_shared(column) ? n_bytes_[column] : mapper.n_value_bins(features_[column].front());
}

}  // namespace hornbeam::boosting
