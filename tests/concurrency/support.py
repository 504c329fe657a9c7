"""Fresh interpreters: limits, signals, forks and environment variables must not leak into the test process."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(__file__).parents[2]
THREAD_VARIABLES = ("HORNBEAM_NUM_THREADS", "OMP_NUM_THREADS")


def run_python(
    code: str, *, timeout: float = 60, check: bool = True, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the code with these variables and no other limit of threads; fail with its output if it fails.

    It can import `tests`, and so can the processes that it starts.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in THREAD_VARIABLES}
    inherited["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    completed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if check:
        assert completed.returncode == 0, f"exit {completed.returncode}\n{completed.stdout}\n{completed.stderr}"
    return completed


def output_of(code: str, **environment: str) -> str:
    return run_python(code, **environment).stdout.strip()
