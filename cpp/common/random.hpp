// Counter-based random numbers: Philox4x32-10, Salmon, Moraes, Dror & Shaw, "Parallel Random Numbers: As Easy as
// 1, 2, 3" (2011).
//
// A number is a pure function of (seed, purpose, items): no generator is carried along, so neither threads nor the
// order of drawing can change a result.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace hornbeam {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

// The bijection of the counter that the key selects; its four words are the random numbers.
[[nodiscard]] constexpr PhiloxCounter philox4x32(PhiloxCounter counter, PhiloxKey key) {
    constexpr std::uint64_t kMultiplier0 = 0xD2511F53;
    constexpr std::uint64_t kMultiplier1 = 0xCD9E8D57;
    constexpr std::uint32_t kWeyl0 = 0x9E3779B9;  // golden ratio
    constexpr std::uint32_t kWeyl1 = 0xBB67AE85;  // sqrt(3) - 1
    constexpr int kRounds = 10;
    for (int round = 0; round < kRounds; ++round) {
        const std::uint64_t product0 = kMultiplier0 * counter[0];
        const std::uint64_t product1 = kMultiplier1 * counter[2];
        counter = {
            static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
            static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
        key[0] += kWeyl0;
        key[1] += kWeyl1;
    }
    return counter;
}

// What a number is drawn for. Values are part of the reproducibility promise: never reuse one.
enum class Purpose : std::uint32_t {
    kSplitFeatures = 1,
    kTreeFeatures = 2,
    kLevelFeatures = 3,
    kCandidate = 4,
    kRow = 5
};

// 64 uniform bits. item_a is the coarse index (a tree), item_b the fine one (a row; a node and a feature).
[[nodiscard]] constexpr std::uint64_t random_u64(std::uint64_t seed, Purpose purpose, std::uint32_t item_a,
                                                 std::uint64_t item_b) {
    const PhiloxCounter words =
        philox4x32({static_cast<std::uint32_t>(item_b), static_cast<std::uint32_t>(item_b >> 32), item_a,
                    static_cast<std::uint32_t>(purpose)},
                   {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
    return (std::uint64_t{words[1]} << 32) | words[0];
}

// One of n numbers from 0 on, by 64 uniform bits.
[[nodiscard]] constexpr std::size_t draw_below(std::uint64_t bits, std::size_t n) {
    __extension__ using uint128 = unsigned __int128;
    return static_cast<std::size_t>(static_cast<uint128>(bits) * n >> 64);
}

}  // namespace hornbeam
