// The bytes that the fuzzer plays with, as the arrays of a model and back.
//
//     n_features: 8 bytes | then for every array: its length, 2 bytes | its elements
//
// Little endian, in the order of for_each_array. Bytes that end too early leave the rest empty, so that any bytes are
// arrays; what the arrays mean is for ModelArrays::validate to judge. make_corpus.py writes the same bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "boosting/model.hpp"

namespace hornbeam::fuzz {

using boosting::ModelArrays;

template <typename Arrays, typename Visit>
void for_each_array(Arrays& arrays, Visit&& visit) {
    visit(arrays.baseline);
    visit(arrays.tree_offset);
    visit(arrays.feature);
    visit(arrays.threshold);
    visit(arrays.missing_left);
    visit(arrays.left);
    visit(arrays.right);
    visit(arrays.gain);
    visit(arrays.node_count);
    visit(arrays.leaf_offset);
    visit(arrays.leaf_value);
    visit(arrays.leaf_count);
    visit(arrays.categorical_feature);
    visit(arrays.n_categories);
    visit(arrays.category_node);
    visit(arrays.category_offset);
    visit(arrays.category_bits);
}

[[nodiscard]] inline ModelArrays decode(std::span<const std::uint8_t> bytes) {
    const auto take = [&](void* target, std::size_t size) {
        size = std::min(size, bytes.size());
        if (size > 0) std::memcpy(target, bytes.data(), size);
        bytes = bytes.subspan(size);
    };
    ModelArrays arrays;
    take(&arrays.n_features, sizeof arrays.n_features);
    for_each_array(arrays, [&]<typename T>(std::vector<T>& values) {
        std::uint16_t size = 0;
        take(&size, sizeof size);
        values.resize(std::min<std::size_t>(size, bytes.size() / sizeof(T)));
        take(values.data(), values.size() * sizeof(T));
    });
    return arrays;
}

[[nodiscard]] inline std::vector<std::uint8_t> encode(const ModelArrays& arrays) {
    std::vector<std::uint8_t> bytes;
    const auto put = [&](const void* source, std::size_t size) {
        const auto* first = static_cast<const std::uint8_t*>(source);
        bytes.insert(bytes.end(), first, first + size);
    };
    put(&arrays.n_features, sizeof arrays.n_features);
    for_each_array(arrays, [&]<typename T>(const std::vector<T>& values) {
        const auto size = static_cast<std::uint16_t>(std::min<std::size_t>(values.size(), UINT16_MAX));
        put(&size, sizeof size);
        put(values.data(), size * sizeof(T));
    });
    return bytes;
}

}  // namespace hornbeam::fuzz
