"""The developer's manual: `nox -l` lists what can be done here, `nox -s NAME` does it.

Continuous integration (.ci/run) does most of it from a bare machine.
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
        str(path) for folder in ("cpp", "tests") for path in (ROOT / folder).rglob("*.?*") if is_cpp_source(path)
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
    session.run("pytest", "tests/estimators", "tests/neighbors", *session.posargs)


@nox.session
def tests_peers(session: nox.Session) -> None:
    """Run scikit-learn's own tests of HistGradientBoosting (LightGBM comparison included) and neighbours on ours."""
    session.install(".[test,bench]")
    session.run("pytest", "-m", "peers", *session.posargs)


@nox.session
@nox.parametrize("preset", ["asan", "tsan"])
def stress(session: nox.Session, preset: str) -> None:
    """Build the C++ stress driver and the replay of the fuzzer's corpus under sanitizers, and run them."""
    session.install("cmake", "ninja")
    session.run("cmake", "--workflow", "--preset", preset)


# What runs under sanitizers, with the extension inside an ordinary Python. Tests marked `unsanitized` are left out, and
# tests/faults, which replaces the allocator itself.
UNDER_ASAN = ["tests/boosting", "tests/common", "tests/estimators", "tests/fuzz", "tests/malformed", "tests/simd"]
UNDER_ASAN += ["tests/neighbors/test_exact_index.py"]
UNDER_TSAN = ["tests/common/test_parallel.py", "tests/concurrency/test_callers.py"]
UNDER_TSAN += ["tests/concurrency/test_shared_estimators.py", "tests/neighbors/test_exact_index.py"]


def install_variant(session: nox.Session, *definitions: str) -> pathlib.Path:
    """Install the package as CMake builds it with these definitions; return the folder of the build."""
    folder = ROOT / "build" / session.name
    session.install(".[test]", f"-Cbuild-dir={folder}", *(f"-Ccmake.define.{definition}" for definition in definitions))
    return folder


def run_sanitized(session: nox.Session, runtimes: list[str], tests: list[str], **environment: str) -> None:
    """Run tests with the runtimes of the sanitizers loaded before Python."""
    # libstdc++ too, so that they see exceptions thrown.
    libraries = [path_of_runtime(name) for name in [*runtimes, "stdc++"]]
    # Strong address randomisation leaves the older runtimes no room for their shadow memory.
    fixed = ["setarch", "-R"] if shutil.which("setarch") else []
    session.run(
        *(*fixed, "python", "-m", "pytest", "--capture=sys", "-m", "not unsanitized and not slow"),
        *(session.posargs or tests),
        env={"LD_PRELOAD": " ".join(libraries), **environment},
        external=True,
    )


def path_of_runtime(name: str) -> str:
    return subprocess.check_output(["g++", f"-print-file-name=lib{name}.so"], text=True).strip()


@nox.session
def tests_asan(session: nox.Session) -> None:
    """Run the tests under AddressSanitizer and UndefinedBehaviorSanitizer."""
    install_variant(session, "HORNBEAM_SANITIZE=address,undefined")
    environment = {
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:strict_init_order=1",  # Python leaks at exit
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONMALLOC": "malloc",  # Python's own pools would hide errors
        "HORNBEAM_MUTATION_STRIDE": "20",
        "HYPOTHESIS_PROFILE": "sanitized",
    }
    session.install("pytest-xdist")
    run_sanitized(session, ["asan", "ubsan"], ["--numprocesses=2", *UNDER_ASAN], **environment)


@nox.session
def tests_tsan(session: nox.Session) -> None:
    """Run the tests of concurrency under ThreadSanitizer."""
    install_variant(session, "HORNBEAM_SANITIZE=thread")
    environment = {"TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1", "HYPOTHESIS_PROFILE": "sanitized"}
    run_sanitized(session, ["tsan"], UNDER_TSAN, **environment)


@nox.session(python="3.14t")
def tests_free_threaded(session: nox.Session) -> None:
    """Run the tests of engine, concurrency and bits on a Python without the GIL."""
    session.install(".", "hypothesis", "pandas", "pytest>=9", "pytest-benchmark", "pytest-timeout", "threadpoolctl")
    session.install("--pre", "safetensors")
    session.run("python", "-c", "import hornbeam._core, sys; assert not sys._is_gil_enabled()")
    tests = session.posargs or ["tests/boosting", "tests/common", "tests/concurrency", "tests/faults", "tests/golden"]
    session.run("pytest", *tests)


@nox.session
def coverage(session: nox.Session) -> None:
    """Count the lines of the core that the tests reach, and the branches of what reads model files."""
    session.install("coverage[toml]>=7.6", "gcovr>=8.3")
    folder = install_variant(session, "HORNBEAM_COVERAGE=ON")
    # With counters in every line, failing each of thousands of allocations takes an hour and 240 interrupts minutes.
    interrupts = "tests/concurrency/test_interrupted_estimators.py::test_two_hundred_interrupts_at_random_moments"
    slow = ["--deselect=tests/faults/test_allocation.py", f"--deselect={interrupts}"]
    session.run("coverage", "run", "-m", "pytest", *slow, *session.posargs)
    session.run("coverage", "report", "--show-missing", "--fail-under=100")
    report = ["gcovr", "--root", ".", "--merge-lines", "--exclude-throw-branches", "--exclude-unreachable-branches"]
    # Kernels are one source for several levels, and pybind11's headers went with the environment of the build.
    report += ["--merge-mode-functions=separate", "--gcov-ignore-errors=source_not_found"]
    report += ["--gcov-ignore-parse-errors=negative_hits.warn_once_per_file", str(folder)]
    session.run(*report, "--filter", "cpp/", "--fail-under-line", "95")
    loader = ["--filter", "cpp/boosting/model.cpp", "--txt-metric", "branch"]
    session.run(*report, *loader, "--fail-under-branch", "100")


@nox.session
def tidy(session: nox.Session) -> None:
    """Check every source that CMake builds with clang-tidy (.clang-tidy says with which exceptions)."""
    session.install(*group("lint"), "cmake", "ninja", "pybind11>=3.0")
    pybind11 = session.run("python", "-m", "pybind11", "--cmakedir", silent=True)
    session.run("cmake", "--preset", "lint", f"-Dpybind11_DIR={str(pybind11).strip()}", silent=True)
    session.run("run-clang-tidy.py", "-p", "build/lint", "-quiet", silent=True)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Fuzz the validation of models for ten minutes, or as arguments say (tests/fuzz/README.md; needs clang)."""
    session.install("cmake", "ninja")
    session.run("cmake", "--workflow", "--preset", "fuzz")
    corpus = ROOT / "build" / "corpus" / "model"
    corpus.mkdir(parents=True, exist_ok=True)
    limits = ["-max_total_time=600", "-rss_limit_mb=1024", "-timeout=5", "-max_len=32768"]
    fuzzer = "build/fuzz/cpp/hornbeam_fuzz"
    session.run(fuzzer, str(corpus), "tests/fuzz/corpus/model", *(session.posargs or limits), external=True)


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
