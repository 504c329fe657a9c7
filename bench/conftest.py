"""Options and fixtures of the benchmarks: `pytest bench` (quick), `pytest bench --rows 1000000`."""

from __future__ import annotations

import pytest

from bench.data import Table, make_table
from bench.peers import PEERS, Peer, Settings


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hornbeam benchmarks")
    group.addoption("--rows", type=int, default=None, help="rows of the synthetic table")
    group.addoption("--threads", type=int, default=2, help="threads of every peer")


@pytest.fixture(scope="session")
def settings(request: pytest.FixtureRequest) -> Settings:
    return Settings(n_threads=request.config.getoption("--threads"))


@pytest.fixture(scope="session")
def table(request: pytest.FixtureRequest) -> Table:
    """Smaller when nothing is timed, but large enough that losses differ by less than what they must agree to."""
    default = 50_000 if request.config.getoption("--benchmark-disable") else 100_000
    return make_table(request.config.getoption("--rows") or default)


@pytest.fixture(params=PEERS, ids=lambda peer: peer.label)
def peer(request: pytest.FixtureRequest) -> Peer:
    if not request.param.library.available:
        pytest.skip(f"{request.param.library.module} is not installed")
    found: Peer = request.param
    return found
