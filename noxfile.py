"""The developer's manual: `nox -l` lists what can be done here, `nox -s NAME` does it.

Continuous integration (.ci/run) does the same from a bare machine, without nox.
"""

from __future__ import annotations

import pathlib
import shutil

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "tests"]

PYPROJECT = nox.project.load_toml()
ROOT = pathlib.Path(__file__).parent
STUBS = ROOT / "python" / "hornbeam" / "_core"


def group(name: str) -> list[str]:
    return list(nox.project.dependency_groups(PYPROJECT, name))


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and types (ruff, mypy, clang-format)."""
    session.install(*group("lint"), ".[test]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    sources = [
        str(path) for folder in ("cpp", "tests/cpp") for path in (ROOT / folder).rglob("*.?*") if is_cpp_source(path)
    ]
    session.run("clang-format", "--dry-run", "-Werror", *sources)


def is_cpp_source(path: pathlib.Path) -> bool:
    return path.suffix in {".cpp", ".hpp", ".inc"}


@nox.session
def tests(session: nox.Session) -> None:
    """Run the test suite; arguments go to pytest."""
    session.install(".[test]")
    session.run("pytest", *session.posargs)


@nox.session
@nox.parametrize("level", ["base", "avx2", "avx512"])
def tests_isa(session: nox.Session, level: str) -> None:
    """Run what must not depend on the SIMD level, at one level."""
    session.install(".[test]")
    session.run("pytest", "-m", "isa", *session.posargs, env={"HORNBEAM_SIMD": level})


@nox.session
def tests_array_api(session: nox.Session) -> None:
    """Run the estimator checks that need SciPy's array API switched on."""
    session.install(".[test]")
    command = ("pytest", "tests/estimators/test_sklearn_checks.py", "-k", "array_api", *session.posargs)
    session.run(*command, env={"SCIPY_ARRAY_API": "1"})


@nox.session
def tests_sklearn_oldest(session: nox.Session) -> None:
    """Run the estimator checks on the oldest scikit-learn we support."""
    session.install(".[test]", "scikit-learn==1.6.*")
    session.run("pytest", "tests/estimators", *session.posargs)


@nox.session
def tests_peers(session: nox.Session) -> None:
    """Run scikit-learn's own tests of HistGradientBoosting, LightGBM comparison included, on our classes."""
    session.install(".[test,bench]")
    session.run("pytest", "-m", "peers", *session.posargs)


@nox.session
@nox.parametrize("preset", ["asan", "tsan"])
def stress(session: nox.Session, preset: str) -> None:
    """Build the C++ stress driver under sanitizers and run it."""
    session.install("cmake", "ninja")
    session.run("cmake", "--workflow", "--preset", preset)


@nox.session
def doctests(session: nox.Session) -> None:
    """Run the examples of the docstrings, of README.md and of docs/."""
    session.install(".[test]")
    session.run("pytest", "--doctest-modules", "--pyargs", "hornbeam", "tests/test_documentation.py", *session.posargs)


@nox.session
def stubs(session: nox.Session) -> None:
    """Write python/hornbeam/_core/*.pyi anew from the compiled module."""
    session.install(".", *group("lint"))
    target = pathlib.Path(session.create_tmp())
    session.run("pybind11-stubgen", "hornbeam._core", "--output-dir", str(target))
    shutil.copytree(target / "hornbeam" / "_core", STUBS, dirs_exist_ok=True)
    session.run("ruff", "format", str(STUBS))


@nox.session
def bench(session: nox.Session) -> None:
    """Measure against the peers and print the README's table; arguments go to bench.table."""
    session.install(".[bench]")
    session.run("python", "-m", "bench.table", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build sdist and wheel into dist/."""
    session.install("build")
    session.run("python", "-m", "build")
