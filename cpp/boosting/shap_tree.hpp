// A tree as a walk around it that sums up Shapley values (path-dependent TreeSHAP, Lundberg et al. 2018).
//
// For a row, let a leaf's path ask the features j, let o_j be 1 if the row takes every edge of j on it, else 0, and z_j be
// the product of the shares of training rows that do. The leaf, of value v, adds to the Shapley value of feature i
//
//     v (o_i - z_i) integral over t in [0, 1] of the product over j != i of f_j(t),    f_j(t) = z_j (1 - t) + o_j t,
//
// since the weight |S|! (d - |S| - 1)! / d! of a set S of the d - 1 other features is the integral of t^|S| (1-t)^(d-1-|S|).
// The product is a polynomial, which Gauss-Legendre quadrature integrates. Nothing cancels: no factor is negative.
//
// The walk carries the product at every quadrature point. An edge multiplies it by f / f', f' being the factor of the same
// feature before the edge, and on the way back adds to its feature the sum over the leaves below times
//
//     above * sibling_share / (f f')   if the row takes the edge,     with above = z' and f = z' share (1 - t) + t,
//     -1 / ((1 - t) f')                if it is the first edge of the feature that it does not take,
//     0                                below such an edge;
//
// these are (o - z) / f - (o' - z') / f', simplified, so that along a path only each feature's last edge remains (as in
// Linear TreeSHAP, Yu et al. 2022, where interpolation stands for quadrature). Hence the cost: edges times points.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "boosting/model.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

struct ShapTree {
    std::vector<simd::ShapStep> steps;
    std::vector<std::uint32_t> slot;  // per node
    std::size_t first_node;
    std::size_t max_depth = 0;
    std::size_t n_points = 1;     // of the quadrature
    double expected_value = 0.0;  // over the training rows

    // features: one per slot, ascending; all of the tree's must be among them. Leaf values are taken in units of
    // 2^exponent.
    ShapTree(const ModelArrays& arrays, std::size_t tree, const std::vector<std::int32_t>& features, int exponent);

    [[nodiscard]] std::size_t factors_per_step() const { return 4 * n_points; }
};

}  // namespace hornbeam::boosting
