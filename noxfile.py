"""The developer's manual: `nox -l` lists what can be done here, `nox -s NAME` does it.

Continuous integration (.ci/run) does the same from a bare machine, without nox.
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess

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
    """Build the C++ stress driver and the replay of the fuzzer's corpus under sanitizers, and run them."""
    session.install("cmake", "ninja")
    session.run("cmake", "--workflow", "--preset", preset)


# What the sanitizers watch when the extension runs inside an ordinary Python. Left out is what they cannot stand:
# limits of the address space, a preloaded library other than theirs, and tests of time.
SANITIZED_BY_ASAN = ("tests/boosting", "tests/common", "tests/estimators", "tests/fuzz", "tests/malformed")
SANITIZED_BY_TSAN = ("tests/concurrency/test_callers.py", "tests/concurrency/test_shared_estimators.py")


def run_sanitized(
    session: nox.Session, sanitizers: str, runtimes: list[str], tests: tuple[str, ...], **env: str
) -> None:
    """Build the extension with sanitizers, and run tests with their runtimes loaded before Python."""
    session.install(
        ".[test]",
        f"-Ccmake.define.HORNBEAM_SANITIZE={sanitizers}",
        "-Ccmake.build-type=RelWithDebInfo",
        f"-Cbuild-dir=build/{session.name}",
    )
    # libstdc++ too, so that they see exceptions thrown.
    preload = " ".join(path_of_runtime(name) for name in [*runtimes, "stdc++"])
    # Strong address randomisation leaves the older runtimes no room for their shadow memory.
    fixed = ["setarch", "-R"] if shutil.which("setarch") else []
    arguments = session.posargs or ["-m", "not unsanitized and not slow", *tests]
    session.run(
        *fixed, "python", "-m", "pytest", "--capture=sys", *arguments, external=True, env={"LD_PRELOAD": preload, **env}
    )


def path_of_runtime(name: str) -> str:
    return subprocess.check_output(["g++", f"-print-file-name=lib{name}.so"], text=True).strip()


@nox.session
def tests_asan(session: nox.Session) -> None:
    """Run the tests under AddressSanitizer and UndefinedBehaviorSanitizer."""
    run_sanitized(
        session,
        "address,undefined",
        ["asan", "ubsan"],
        SANITIZED_BY_ASAN,
        # Python's own memory pools would hide errors; its leaks at exit are not ours.
        PYTHONMALLOC="malloc",
        ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1:strict_init_order=1",
        UBSAN_OPTIONS="print_stacktrace=1",
        HORNBEAM_MUTATION_STRIDE="10",
    )


@nox.session
def tests_tsan(session: nox.Session) -> None:
    """Run the tests of concurrency under ThreadSanitizer."""
    run_sanitized(
        session, "thread", ["tsan"], SANITIZED_BY_TSAN, TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1"
    )


@nox.session(python="3.14t")
def tests_free_threaded(session: nox.Session) -> None:
    """Run the tests of concurrency on a Python without the GIL."""
    session.install(".", "hypothesis", "joblib", "pytest>=9", "pytest-benchmark", "pytest-timeout", "threadpoolctl")
    session.run("pytest", *(session.posargs or ["tests/concurrency", "tests/boosting"]), env={"PYTHON_GIL": "0"})


@nox.session
def coverage(session: nox.Session) -> None:
    """Measure which lines and branches of the C++ core the tests reach; fails below the limits."""
    session.install("gcovr>=8", "ninja")
    folder = f"build/{session.name}"
    session.install(
        ".[test]", "-Ccmake.define.HORNBEAM_COVERAGE=ON", "-Ccmake.build-type=Debug", f"-Cbuild-dir={folder}"
    )
    session.run("pytest", "-m", "not slow", *(session.posargs or SANITIZED_BY_ASAN))
    report = ("gcovr", "--root", ".", "--filter", "cpp/", "--exclude-throw-branches", "--exclude-unreachable-branches")
    session.run(*report, "--print-summary", "--fail-under-line", "90", folder)
    loader = ("--filter", "cpp/boosting/model.cpp", "--txt-metric", "branch", "--fail-under-branch", "100")
    session.run("gcovr", "--root", ".", *loader, "--exclude-throw-branches", "--exclude-unreachable-branches", folder)


@nox.session
def tidy(session: nox.Session) -> None:
    """Check every C++ source with clang-tidy."""
    session.install("clang-tidy>=20", "cmake", "ninja", "pybind11>=3.0")
    pybind11 = session.run("python", "-m", "pybind11", "--cmakedir", silent=True).strip()
    session.run("cmake", "--preset", "lint", f"-Dpybind11_DIR={pybind11}")
    session.run("run-clang-tidy", "-p", "build/lint", "-quiet", "-warnings-as-errors=*", external=True)


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
