"""The package's description of itself."""

from __future__ import annotations

import pathlib
import re
import tomllib

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
GROUPS = PYPROJECT["dependency-groups"]


@pytest.mark.parametrize("name", sorted(EXTRAS))
def test_every_extra_equals_the_group_of_its_name(name: str) -> None:
    assert sorted(GROUPS[name]) == sorted(EXTRAS[name])


def test_no_requirement_has_an_upper_cap() -> None:
    groups = [requirement for group in GROUPS.values() for requirement in group if isinstance(requirement, str)]
    extras = [requirement for extra in EXTRAS.values() for requirement in extra]
    project = [*PYPROJECT["project"]["dependencies"], PYPROJECT["project"]["requires-python"]]
    capped = [
        r for r in [*groups, *extras, *project, *PYPROJECT["build-system"]["requires"]] if re.search(r"<|==|~=", r)
    ]
    assert capped == []
