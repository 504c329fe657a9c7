// Order-free sums of real numbers: each term becomes two integers, and integers add associatively.
//
// With M = max|x|, 2^(e-1) <= M < 2^e, and terms counted at most N times in all, S = 61 - ceil(log2(N + 1)):
//     hi = rint(x 2^(S-e)),   lo = rint((x 2^(S-e) - hi) 2^S)       (the difference is exact)
// so |sum hi|, |sum lo| < 2^62 and the sum carries 2S bits below M: 82 bits for a million rows. The value is in
// units of 2^e, rounded to float64 once. Invariant: any order, chunking or thread count gives the same two integers.
#pragma once

#include <cmath>
#include <cstdint>

namespace hornbeam {

// 2^exponent as two factors, so that neither overflows nor is denormal for |exponent| <= 2000.
struct PowerOfTwo {
    double first = 1.0;
    double second = 1.0;

    explicit PowerOfTwo(int exponent)
        : first(std::ldexp(1.0, exponent / 2)), second(std::ldexp(1.0, exponent - exponent / 2)) {}
    [[nodiscard]] double times(double x) const { return x * first * second; }
};

// e with 2^(e-1) <= max_abs < 2^e; 0 for zero.
[[nodiscard]] inline int binary_exponent(double max_abs) {
    int e = 0;
    if (max_abs > 0) std::frexp(max_abs, &e);
    return e;
}

struct FixedPointScale {
    int exponent;  // e
    int bits;      // S

    FixedPointScale(double max_abs, std::uint64_t total_count) : exponent(binary_exponent(max_abs)), bits(61) {
        for (std::uint64_t n = 1; n < total_count + 1 && bits > 0; n *= 2) --bits;
    }
    [[nodiscard]] PowerOfTwo to_fixed() const { return PowerOfTwo(bits - exponent); }
};

struct FixedPointSum {
    std::int64_t hi = 0;
    std::int64_t lo = 0;

    void operator+=(const FixedPointSum& other) {
        hi += other.hi;
        lo += other.lo;
    }

    // In units of 2^scale.exponent.
    [[nodiscard]] double value(const FixedPointScale& scale) const {
        __extension__ using int128 = __int128;
        const int128 exact = static_cast<int128>(hi) * (static_cast<int128>(1) << scale.bits) + lo;
        return std::ldexp(static_cast<double>(exact), -2 * scale.bits);
    }
};

}  // namespace hornbeam
