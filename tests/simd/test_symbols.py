"""Each SIMD level's kernels are one object file that exports its table and nothing else.

An inline or template function that leaves such an object as a weak symbol could win at link time over its baseline
twin, and crash a machine without the instructions it was compiled for.
"""

from __future__ import annotations

import os
import pathlib
import platform
import re
import shlex
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
ISA_CMAKE = (ROOT / "cmake" / "isa.cmake").read_text()
LEVEL_FLAGS = {
    level: flags.replace('"', "").split()
    for level, flags in re.findall(r"^set\(HORNBEAM_ISA_FLAGS_(\w+) (.*)\)$", ISA_CMAKE, re.M)
}
LEVELS = sorted(LEVEL_FLAGS) if platform.machine() in {"x86_64", "AMD64"} else ["base"]

# What the compiler may call on its own to copy and clear memory, and the linker's anchor of position-independent code.
ALLOWED_UNDEFINED = {"memcpy", "memset", "memmove", "_GLOBAL_OFFSET_TABLE_"}

# Encodings of instructions, told by registers and mnemonics: VEX came with AVX, EVEX with AVX-512.
VEX = re.compile(r"\bv[a-z]\w+\s|%ymm|\b(andn|bextr|bzhi|mulx|pdep|pext|rorx|sarx|shlx|shrx)\b")
EVEX = re.compile(r"%zmm|%k[0-7]\b|%[xy]mm(1[6-9]|2\d|3[01])\b")


def common_flags() -> list[str]:
    """Flags that cmake/isa.cmake gives to every level."""
    (flags,) = re.findall(r"target_compile_options\(hornbeam_kernels_\$\{level\} PRIVATE ([^$]*)\$", ISA_CMAKE)
    return flags.split()


@pytest.fixture(scope="module", params=LEVELS)
def kernel_object(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, pathlib.Path]:
    level = request.param
    target = tmp_path_factory.mktemp("symbols") / f"kernels_{level}.o"
    command = [
        *shlex.split(os.environ.get("CXX", "g++")),
        *("-std=c++20", "-fPIC", "-fvisibility=hidden", "-fvisibility-inlines-hidden", "-ffp-contract=off", "-DNDEBUG"),
        *common_flags(),
        *LEVEL_FLAGS[level],
        *(f"-I{ROOT / 'cpp'}", f"-DHORNBEAM_LEVEL={level}"),
        *("-c", str(ROOT / "cpp" / "simd" / "kernels.cpp"), "-o", str(target)),
    ]
    subprocess.run(command, check=True)
    return level, target


def symbols(path: pathlib.Path) -> list[tuple[str, str]]:
    """Kind and demangled name of every symbol, as nm prints them."""
    out = subprocess.run(["nm", "--demangle", str(path)], check=True, capture_output=True, text=True).stdout
    return [(kind, name) for kind, name in re.findall(r"^[0-9a-f ]{16} (\S) (.+)$", out, re.M)]


def test_the_table_is_the_only_exported_symbol(kernel_object: tuple[str, pathlib.Path]) -> None:
    level, path = kernel_object
    exported = [(kind, name) for kind, name in symbols(path) if kind.isupper() and kind != "U"]
    assert [name for _, name in exported] == [f"hornbeam::simd::k_{level}"]
    assert exported[0][0] in "DR", "the table must be data"


def test_no_symbol_is_weak_or_unique(kernel_object: tuple[str, pathlib.Path]) -> None:
    assert [name for kind, name in symbols(kernel_object[1]) if kind in "WwVvu"] == []


def test_kernels_call_nothing_outside(kernel_object: tuple[str, pathlib.Path]) -> None:
    undefined = {name for kind, name in symbols(kernel_object[1]) if kind == "U"}
    assert undefined <= ALLOWED_UNDEFINED


def test_kernels_run_no_code_at_import(kernel_object: tuple[str, pathlib.Path]) -> None:
    headers = subprocess.run(
        ["objdump", "-h", str(kernel_object[1])], check=True, capture_output=True, text=True
    ).stdout
    assert ".init_array" not in headers
    assert ".ctors" not in headers


def disassembly(path: pathlib.Path) -> list[str]:
    """The instructions of an object file, without addresses and symbols."""
    command = ["objdump", "--disassemble", "--no-show-raw-insn", "--no-addresses", str(path)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [line.split("<")[0].strip() for line in out.splitlines() if line.startswith("\t")]


def test_a_level_uses_no_instruction_of_a_higher_one(kernel_object: tuple[str, pathlib.Path]) -> None:
    """The base level has to run on every x86-64 machine, so it knows neither encoding."""
    level, path = kernel_object
    instructions = disassembly(path)
    assert len(instructions) > 1_000
    assert bool(list(filter(VEX.search, instructions))) == (level != "base")
    assert bool(list(filter(EVEX.search, instructions))) == (level == "avx512")
