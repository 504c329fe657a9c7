"""scikit-learn's own public tests of HistGradientBoosting and of neighbours pass with our classes under its names."""

from __future__ import annotations

import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
import sklearn

from tests.peers.deselected import DESELECTED

ROOT = pathlib.Path(__file__).parents[2]
SKLEARN = pathlib.Path(sklearn.__file__).parent
BOOSTING = SKLEARN / "ensemble" / "_hist_gradient_boosting" / "tests"
NEIGHBORS = SKLEARN / "neighbors" / "tests"

# How many tests pass, as measured on this version of scikit-learn. These numbers only rise.
MEASURED_ON = "1.9"
FLOORS = {
    "test_gradient_boosting.py": 116,
    "test_warm_start.py": 12,
    "test_monotonic_constraints.py": 4,
    "test_compare_lightgbm.py": 79,
    "test_neighbors.py": 953,
    "test_graph.py": 4,
    "test_lof.py": 114,
    "test_nearest_centroid.py": 19,
    "test_neighbors_pipeline.py": 8,
}
OF_NEIGHBORS = {name for name in FLOORS if (NEIGHBORS / name).exists()}

# The comparison with LightGBM skips itself without LightGBM: there is nothing to run, then.
HAS_LIGHTGBM = importlib.util.find_spec("lightgbm") is not None
MODULES = [name for name in FLOORS if HAS_LIGHTGBM or name != "test_compare_lightgbm.py"]


def path_of(module: str) -> pathlib.Path:
    return (NEIGHBORS if module in OF_NEIGHBORS else BOOSTING) / module


def run_suite(module: str, report: pathlib.Path) -> subprocess.CompletedProcess[str]:
    plugin = "neighbors_swap" if module in OF_NEIGHBORS else "name_swap"
    settings = report.with_suffix(".ini")
    settings.write_text("[pytest]\n")
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", str(path_of(module)), "-q", "-p", f"tests.peers.{plugin}"),
            *("-p", "no:cacheprovider", "-c", str(settings), f"--confcutdir={SKLEARN}", f"--junitxml={report}"),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "SKLEARN_RUN_FLOAT32_TESTS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.peers
@pytest.mark.parametrize("module", MODULES)
def test_public_tests_of_sklearn_pass(module: str, tmp_path: pathlib.Path) -> None:
    report = tmp_path / "report.xml"
    run = run_suite(module, report)
    assert run.returncode == 0, run.stdout + run.stderr
    counts = ET.parse(report).getroot()[0].attrib
    n_passed = int(counts["tests"]) - int(counts["skipped"])
    floor = FLOORS[module] if sklearn.__version__.startswith(MEASURED_ON) else 1
    assert n_passed >= floor, run.stdout


@pytest.mark.parametrize("module", FLOORS)
def test_every_deselected_test_exists(module: str) -> None:
    tests = set(re.findall(r"^def (test_\w+)", path_of(module).read_text(), re.MULTILINE))
    assert {name.partition("[")[0] for name in DESELECTED.get(module, {})} <= tests
