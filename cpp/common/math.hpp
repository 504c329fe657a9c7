// exp, log, log(1 + exp), the logistic function and powers, the same bits on every machine: no libm, no FMA.
//
// Internal linkage, because kernels.cpp compiles this file once per SIMD level, and free of branches, calls and
// 64-bit integer conversions, so that GCC vectorises loops over these functions with SSE2, AVX2 and AVX-512 (needs
// -fno-trapping-math, and -ffp-contract=off for equal bits). Argument reduction and two-part arithmetic follow
// Muller, "Elementary Functions" (2016), chapters 5 and 11; the polynomials are the Taylor series of exp and atanh,
// cut where the next term no longer matters.
//
// Largest error found over some 10^7 arguments each, in units in the last place (tests/common/test_math.py keeps it):
//   exp 0.77, log 0.85, log1p_exp 2.0, sigmoid 2.4
// Zeros, infinities, NaN, subnormal arguments and results are exact or as accurate as the rest.
#pragma once

#include <cstdint>

namespace hornbeam::math {
namespace detail {

// Adding 1.5 * 2^52 rounds |x| < 2^51 to the nearest integer and leaves it in the low bits of the mantissa.
constexpr double kRoundShift = 0x1.8p52;
constexpr std::uint64_t kExponentBits = 52;
constexpr std::uint64_t kExponentBias = 1023;

// ln 2 in two parts; integers up to 2^11 times the first are exact.
constexpr double kLn2Hi = 0x1.62e42fefa3800p-1;
constexpr double kLn2Lo = 0x1.ef35793c76730p-45;

static inline std::uint64_t bits_of(double x) { return __builtin_bit_cast(std::uint64_t, x); }
static inline double from_bits(std::uint64_t bits) { return __builtin_bit_cast(double, bits); }

// 2^k for the integer k that x + kRoundShift holds, -1022 <= k <= 1023.
static inline double power_of_two(double shifted) {
    return from_bits((bits_of(shifted) + kExponentBias) << kExponentBits);
}

}  // namespace detail

static inline double exp(double x) {
    using namespace detail;
    // Beyond these the result is 0 or infinity anyway; NaN passes both comparisons.
    x = x < -746.0 ? -746.0 : x;
    x = x > 710.0 ? 710.0 : x;

    // x = k ln 2 + r + c with |r| <= ln 2 / 2 and c the rounding error of r.
    const double k = (x * 0x1.71547652b82fep0 + kRoundShift) - kRoundShift;
    const double hi = x - k * kLn2Hi;
    const double lo = k * kLn2Lo;
    const double r = hi - lo;
    const double c = (hi - r) - lo;

    // exp(r) = 1 + r + r^2 p(r)
    double p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;

    // 1 + r in two parts, so that only the last addition rounds at full size.
    const double sum = 1.0 + r;
    const double rest = (r - (sum - 1.0)) + (r * r * p + (c + c * r));
    const double y = sum + rest;

    // 2^k in two factors: k reaches 1024 and -1076, and a subnormal result must round once.
    const double half = k * 0.5 + kRoundShift;
    const double other = (k - (half - kRoundShift)) + kRoundShift;
    return y * power_of_two(half) * power_of_two(other);
}

static inline double log(double x) {
    using namespace detail;
    constexpr std::uint64_t kMantissa = (std::uint64_t{1} << kExponentBits) - 1;
    constexpr std::uint64_t kOne = kExponentBias << kExponentBits;
    constexpr std::uint64_t kSqrtHalf = 0x3fe6a09e667f3bcd;
    constexpr double kInfinity = __builtin_inf();

    // x = 2^k m with sqrt(1/2) <= m < sqrt(2); a subnormal x is scaled into the normal range first.
    const bool subnormal = x < 0x1p-1022;
    const double scaled = subnormal ? x * 0x1p54 : x;
    const std::uint64_t shifted = bits_of(scaled) + (kOne - kSqrtHalf);
    const double m = from_bits((shifted & kMantissa) + kSqrtHalf);
    // Or-ing a small integer into 2^52 converts it to double at every SIMD level.
    const double biased = from_bits((shifted >> kExponentBits) | bits_of(0x1p52)) - 0x1p52;
    const double k = biased - (subnormal ? 1023.0 + 54.0 : 1023.0);

    // log m = 2 atanh(s) with s = f / (2 + f), f = m - 1
    //       = f - (f^2/2 - s (f^2/2 + q)), q = 2 s^2/3 + 2 s^4/5 + ...: f is exact, the bracket is small.
    const double f = m - 1.0;
    const double s = f / (2.0 + f);
    const double z = s * s;
    double q = 2.0 / 23.0;
    q = q * z + 2.0 / 21.0;
    q = q * z + 2.0 / 19.0;
    q = q * z + 2.0 / 17.0;
    q = q * z + 2.0 / 15.0;
    q = q * z + 2.0 / 13.0;
    q = q * z + 2.0 / 11.0;
    q = q * z + 2.0 / 9.0;
    q = q * z + 2.0 / 7.0;
    q = q * z + 2.0 / 5.0;
    q = q * z + 2.0 / 3.0;
    const double half_square = 0.5 * f * f;
    const double bracket = half_square - (s * (half_square + q * z) + k * kLn2Lo);

    // k ln 2 + f in two parts, so that only the last addition rounds at full size.
    const double whole = k * kLn2Hi;
    const double sum = whole + f;
    const double y = sum + ((f - (sum - whole)) - bracket);

    const double special = x == 0.0 ? -kInfinity : (x > 0.0 ? x : __builtin_nan(""));
    return x > 0.0 && x < kInfinity ? y : special;
}

// log(1 + exp(x)), without overflow for large x and without cancellation for small.
static inline double log1p_exp(double x) {
    const double u = exp(x < 0.0 ? x : -x);
    const double w = 1.0 + u;
    // log(1 + u) = log(w) + (1 + u - w) / w, to first order in the rounding error of w.
    const double log1p_u = log(w) + (u - (w - 1.0)) / w;
    return (x > 0.0 ? x : 0.0) + log1p_u;
}

// 1 / (1 + exp(-x)), with full relative accuracy down to the subnormal range.
static inline double sigmoid(double x) {
    const double u = exp(x < 0.0 ? x : -x);
    return (x < 0.0 ? u : 1.0) / (1.0 + u);
}

// x^p for x >= 0 and finite p > 0: off by at most |p log x| units in the last place and a few.
static inline double pow(double x, double p) { return exp(p * log(x)); }

}  // namespace hornbeam::math
