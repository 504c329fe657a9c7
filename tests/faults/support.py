"""Faults happen in fresh processes: a scenario is a function of a test file, run by another interpreter."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.concurrency.support import run_python

FOLDER = Path(__file__).parent


def compile_library(source: str, folder: Path) -> str:
    """Compile a file of this folder to what LD_PRELOAD takes, with the compiler that the build needs anyway."""
    library = folder / Path(source).with_suffix(".so")
    options = ["-std=c++20", "-O1", "-shared", "-fPIC", "-Wall", "-Wextra"]
    command = ["c++", *options, str(FOLDER / source), "-o", str(library), "-ldl"]
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stderr
    return str(library)


def code_of(scenario: Callable[..., Any], *arguments: Any) -> str:
    """Return code that calls the function and prints its result as JSON."""
    return f"""
import json
from {scenario.__module__} import {scenario.__name__} as scenario
print(json.dumps(scenario(*json.loads({json.dumps(arguments)!r}))))
"""


def in_fresh_process(scenario: Callable[..., Any], *arguments: Any, **environment: str) -> Any:
    """Call the function in a new interpreter, with these variables set, and return its result."""
    completed = run_python(code_of(scenario, *arguments), timeout=250, **environment)
    return json.loads(completed.stdout.splitlines()[-1])


def in_forked_child(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call the function in a fork of this process and return its result; AssertionError if the child fails or dies."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with os.fdopen(write, "wb") as pipe:
                pickle.dump(function(*arguments), pipe)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0, f"the child ended with {status}"
    return pickle.loads(answer)
