// One register_<concept>.cpp per concept folder, and one per class of it that is worth a file.
#pragma once

#include <pybind11/pybind11.h>

namespace hornbeam {

void register_runtime(pybind11::module_& m);
void register_boosting(pybind11::module_& m);
void register_tree_model(pybind11::module_& m);
void register_predictor(pybind11::module_& m);
void register_trainer(pybind11::module_& m);
void register_inspection(pybind11::module_& m);
void register_refit(pybind11::module_& m);
void register_neighbors(pybind11::module_& m);
// Both add to the submodule `testing`.
void register_testing(pybind11::module_& m);
void register_boosting_testing(pybind11::module_& m);

}  // namespace hornbeam
