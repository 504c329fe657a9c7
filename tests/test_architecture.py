"""The layout is executable: who may include whom, which header lives where, and how long a file may be.

docs/architecture.md explains the arrows these tests keep straight.
"""

from __future__ import annotations

import ast
import pathlib
import re
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).parents[1]
CPP = ROOT / "cpp"
CMAKE = ROOT / "cmake"
PACKAGE = ROOT / "python" / "hornbeam"

CPP_FILES = sorted(path for path in CPP.rglob("*") if path.suffix in {".cpp", ".hpp", ".inc"})
BUILD_FILES = [*ROOT.glob("CMake*.*"), *CPP.rglob("CMakeLists.txt"), *CMAKE.glob("*.cmake"), ROOT / "pyproject.toml"]
PYTHON_FILES = sorted(PACKAGE.rglob("*.py"))
KERNEL_FILES = [path for path in CPP_FILES if path.name.endswith(".kernel.inc") or path.name == "lanes.inc"]

# A folder may include itself and these.
ALLOWED_FOLDERS = {
    "common": set(),
    "simd": {"common"},
    "boosting": {"common", "simd"},
    "neighbors": {"common", "simd"},
    "bindings": {"common", "simd", "boosting", "neighbors"},
}

# Every kernel table starts from one source, which therefore sees the kernels of all folders.
KERNEL_SOURCE = CPP / "simd" / "kernels.cpp"

THREAD_HEADERS = {"barrier", "condition_variable", "future", "latch", "mutex", "pthread.h", "semaphore", "shared_mutex"}
THREAD_HEADERS |= {"stop_token", "thread"}
POOL_FILES = {"common/parallel.cpp", "common/parallel.hpp", "common/signals_blocked.hpp"}

INTRINSICS = re.compile(r"^(\w*mmintrin|x86intrin|arm_\w+|cpuid)\.h$")

SOFT_LIMIT = 300
HARD_LIMIT = 500

# Files above the soft limit, each with the reason why splitting it would not make it clearer.
LONG_FILES = {
    "tests/boosting/test_trainer.py": "everything the trainer promises, on one set of tables",
}


def relative(path: pathlib.Path) -> str:
    return path.relative_to(ROOT).as_posix()


def includes(path: pathlib.Path) -> list[tuple[bool, str]]:
    """(quoted, name) of every include."""
    found = re.findall(r'^\s*#\s*include\s+(["<])([^">]+)[">]', path.read_text(), re.M)
    return [(bracket == '"', name) for bracket, name in found]


def system_includes(path: pathlib.Path) -> set[str]:
    return {name for quoted, name in includes(path) if not quoted}


def own_includes(path: pathlib.Path) -> set[str]:
    return {name for quoted, name in includes(path) if quoted}


def run_time_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but what only a type checker sees."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            yield node
            yield from run_time_nodes(node)


def imports(path: pathlib.Path) -> set[str]:
    """Absolute dotted names a Python file of the package imports, relative imports resolved."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    package = list(parts[:-1])
    names: set[str] = set()
    for node in run_time_nodes(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = [*base, *(node.module.split(".") if node.module else [])]
            names |= {".".join([*base, alias.name]) for alias in node.names} | {".".join(base)}
    return names


def is_private(path: pathlib.Path) -> bool:
    return path.stem.startswith("_") and not path.stem.startswith("__")


def test_there_is_something_to_check() -> None:
    assert CPP_FILES
    assert KERNEL_FILES
    assert PYTHON_FILES


@pytest.mark.parametrize("path", CPP_FILES, ids=relative)
def test_include_arrows_point_one_way(path: pathlib.Path) -> None:
    folder = path.relative_to(CPP).parts[0]
    for name in own_includes(path):
        target = name.split("/")[0]
        if path == KERNEL_SOURCE and name.endswith(".kernel.inc"):
            continue
        assert target == folder or target in ALLOWED_FOLDERS[folder], f"{relative(path)} must not include {name}"


@pytest.mark.parametrize("path", CPP_FILES, ids=relative)
def test_own_includes_name_the_folder_and_exist(path: pathlib.Path) -> None:
    missing = {name for name in own_includes(path) if not (CPP / name).is_file()}
    assert missing == set()


@pytest.mark.parametrize("path", CPP_FILES, ids=relative)
def test_threads_live_in_the_pool_alone(path: pathlib.Path) -> None:
    if path.relative_to(CPP).as_posix() not in POOL_FILES:
        assert system_includes(path) & THREAD_HEADERS == set()


@pytest.mark.parametrize("path", CPP_FILES, ids=relative)
def test_python_is_known_to_the_bindings_alone(path: pathlib.Path) -> None:
    if path.relative_to(CPP).parts[0] != "bindings":
        assert {name for _, name in includes(path) if name == "Python.h" or name.startswith("pybind11")} == set()


@pytest.mark.parametrize("path", CPP_FILES, ids=relative)
def test_intrinsics_live_in_simd_and_kernels(path: pathlib.Path) -> None:
    if path.relative_to(CPP).parts[0] != "simd" and path not in KERNEL_FILES:
        assert {name for name in system_includes(path) if INTRINSICS.match(name)} == set()


@pytest.mark.parametrize("path", BUILD_FILES, ids=relative)
def test_instruction_sets_are_chosen_for_kernels_alone(path: pathlib.Path) -> None:
    flags = re.findall(r"(?<![\w-])-m[a-z]\S*", path.read_text())
    assert bool(flags) == (path == CMAKE / "isa.cmake"), f"{relative(path)} has {flags}"


@pytest.mark.parametrize("path", KERNEL_FILES, ids=relative)
def test_kernels_include_no_library_code(path: pathlib.Path) -> None:
    allowed = {"cstddef", "cstdint", "common/math.hpp"}
    assert {name for _, name in includes(path) if name not in allowed and not INTRINSICS.match(name)} == set()


@pytest.mark.parametrize("path", [p for p in CPP_FILES if p.suffix == ".hpp"], ids=relative)
def test_headers_open_with_a_comment_and_guard_themselves(path: pathlib.Path) -> None:
    text = path.read_text()
    assert text.startswith("//"), "say what the file is, where it comes from and what it keeps true"
    assert "\n#pragma once\n" in text


@pytest.mark.parametrize("path", PYTHON_FILES, ids=relative)
def test_the_compiled_module_is_imported_by_private_modules_alone(path: pathlib.Path) -> None:
    if not is_private(path):
        assert not any(name.startswith("hornbeam._core") for name in imports(path))


@pytest.mark.parametrize("path", PYTHON_FILES, ids=relative)
def test_concepts_do_not_import_one_another(path: pathlib.Path) -> None:
    concepts = {"boosting", "neighbors", "drift", "stats"}
    folder = path.relative_to(PACKAGE).parts[0]
    if folder in concepts:
        others = {f"hornbeam.{name}" for name in concepts - {folder}}
        assert not any(name.startswith(other) for name in imports(path) for other in others)


def source_files() -> list[pathlib.Path]:
    patterns = (
        "cpp/**/*",
        "python/**/*",
        "tests/**/*",
        "bench/**/*",
        "cmake/*",
        "CMakeLists.txt",
        "noxfile.py",
        ".ci/*",
    )
    suffixes = {".cpp", ".hpp", ".inc", ".py", ".cmake", ".txt", ""}
    files = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file() and path.suffix in suffixes}
    return sorted(path for path in files if not any(part.startswith(".") and part != ".ci" for part in path.parts))


def n_lines(path: pathlib.Path) -> int:
    return len(path.read_text().splitlines())


def test_no_file_is_longer_than_the_hard_limit() -> None:
    assert {relative(path): n_lines(path) for path in source_files() if n_lines(path) > HARD_LIMIT} == {}


def test_files_above_the_soft_limit_are_listed_with_a_reason() -> None:
    long_files = {relative(path) for path in source_files() if n_lines(path) > SOFT_LIMIT}
    assert long_files <= set(LONG_FILES)
    assert all(reason and (ROOT / name).is_file() for name, reason in LONG_FILES.items())
