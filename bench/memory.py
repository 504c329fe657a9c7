"""How much memory a fit takes above its input: `python -m bench.memory million`.

Each library fits in a process of its own, which has read the table from a file. The peak is that of Linux (VmHWM).
"""

from __future__ import annotations

import argparse
import pathlib
import subprocess
import sys
import tempfile
from dataclasses import replace

import numpy as np

from bench.data import Table
from bench.peers import PEERS, Peer, Settings, threads
from bench.workloads import WORKLOADS


def resident(field: str) -> float:
    """Return a size of this process in MiB, as Linux counts it."""
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(field))) / 1024


def fit_in_this_process(label: str, workload: str, n_threads: int, path: pathlib.Path) -> None:
    """Fit, and print how far the peak lies above what was resident before."""
    settings = replace(WORKLOADS[workload].settings, n_threads=n_threads)
    arrays = np.load(path)
    table = Table(workload, str(arrays["task"]), arrays["X"], arrays["y"])  # type: ignore[arg-type]
    peer = next(peer for peer in PEERS if peer.label == label)
    with threads(settings):
        # What a library loads once is not what a fit takes.
        few = table.take(np.arange(0, len(table.y), max(1, len(table.y) // 500)))
        peer.make(table.task, settings.of(table.task)).fit(few.X, few.y)
        pathlib.Path("/proc/self/clear_refs").write_text("5")
        before = resident("VmRSS")
        peer.make(table.task, settings.of(table.task)).fit(table.X, table.y)
    print(resident("VmHWM") - before)


def measure(peer: Peer, workload: str, settings: Settings, path: pathlib.Path) -> float:
    command = [sys.executable, "-m", "bench.memory", workload, "--threads", str(settings.n_threads)]
    command += ["--fit", peer.label, "--table", str(path)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("workloads", nargs="+", choices=list(WORKLOADS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--fit", choices=[peer.label for peer in PEERS], help=argparse.SUPPRESS)
    parser.add_argument("--table", type=pathlib.Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fit:
        fit_in_this_process(options.fit, options.workloads[0], options.threads, options.table)
        return
    available = [peer for peer in PEERS if peer.library.available]
    print("| peak above the input, MiB | " + " | ".join(peer.label for peer in available) + " |")
    print("|---|" + "---:|" * len(available))
    for name in options.workloads:
        workload = WORKLOADS[name]
        settings = replace(workload.settings, n_threads=options.threads)
        train, _ = workload.make().split()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "table.npz"
            np.savez(path, task=train.task, X=train.X, y=train.y)
            cells = [f"{measure(peer, name, settings, path):.0f}" for peer in available]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
