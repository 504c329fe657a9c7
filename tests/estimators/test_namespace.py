"""`import hornbeam` is light, and every public name is there when it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import hornbeam as hb


def test_import_loads_no_heavy_module() -> None:
    heavy = "{'numpy', 'scipy', 'sklearn', 'hornbeam._core'}"
    code = f"import sys, hornbeam; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", hb.__all__)
def test_every_public_name_exists_and_is_listed(name: str) -> None:
    assert getattr(hb, name) is not None
    assert name in dir(hb)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'hornbeam' has no attribute 'missing'"):
        hb.missing  # noqa: B018
