"""Benchmarks against the peers. `python -m bench.table` prints the table of the README."""
