"""What a file of an automatic estimator says of its ensemble is checked, value by value.

That no mutation of such a file does harm is tested in tests/malformed.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import hornbeam as hb
from hornbeam._container import unpack
from hornbeam._model_file import from_bytes, to_bytes
from tests.estimators.support import raw_scores, table
from tests.malformed.edits import changed, with_tensors
from tests.malformed.saved_files import saved_file
from tests.public_estimators import AUTOMATIC, name_of, over_automatic

OWN = ["ensemble", "member_iterations", "member_losses", "resolved"]


@pytest.fixture(scope="module", params=AUTOMATIC, ids=name_of)
def automatic(request: pytest.FixtureRequest) -> bytes:
    """The file of a few members of one iteration each."""
    return saved_file(f"{name_of(request.param)}-{2 if request.param is AUTOMATIC[0] else 1}").data


def fitted_of(data: bytes) -> dict[str, Any]:
    fitted: dict[str, Any] = json.loads(unpack(data)[1]["fitted"])
    return fitted


def test_the_file_holds_what_the_cases_below_change(automatic: bytes) -> None:
    fitted = fitted_of(automatic)
    n = fitted["resolved"]["n_members"]
    assert sorted(fitted) == OWN
    assert n > 1
    assert fitted["member_iterations"] == [1] * n
    assert len(fitted["member_losses"]) == n


# What replaces a scalar, or for "resolved" some of its values; a function is given the number of members.
WRONG: list[tuple[str, Any, str]] = [
    ("more", 1, rf"fitted scalars are {sorted([*OWN, 'more'])}, expected {OWN}".replace("[", r"\[")),
    ("ensemble", [], "the ensemble is not a JSON object"),
    ("ensemble", None, "the ensemble is not a JSON object"),
    ("ensemble", {}, r"fitted scalars are \[\], expected"),
    ("member_iterations", 4, "member_iterations are not positive integers"),
    ("member_iterations", [], "member_iterations are not positive integers"),
    ("member_iterations", lambda n: [1] * (n - 1) + [0], "member_iterations are not positive integers"),
    ("member_iterations", lambda n: [1] * (n - 1) + [-1], "member_iterations are not positive integers"),
    ("member_iterations", lambda n: [1] * (n - 1) + [True], "member_iterations are not positive integers"),
    ("member_iterations", lambda n: [1] * (n - 1) + [1.0], "member_iterations are not positive integers"),
    ("member_iterations", lambda n: [1] * (n - 2) + [2], "member_losses are not a number for each member"),
    ("member_iterations", lambda n: [1] * (n - 1) + [2], "member_iterations do not add up to the trees"),
    ("member_iterations", lambda n: [1] * (n - 1) + [2**70], "member_iterations are more than were resolved"),
    ("member_losses", 0.5, "member_losses are not a number for each member"),
    ("member_losses", lambda n: [0.5] * (n - 1), "member_losses are not a number for each member"),
    ("member_losses", lambda n: [0.5] * (n + 1), "member_losses are not a number for each member"),
    ("member_losses", lambda n: [0.5] * (n - 1) + [None], "member_losses are not a number for each member"),
    ("member_losses", lambda n: [0.5] * (n - 1) + [1], "member_losses are not a number for each member"),
    ("resolved", None, "the resolved parameters are not those of a fit"),
    ("resolved", {"more": 1}, "the resolved parameters are not those of a fit"),
    ("resolved", {"learning_rate": 1}, "resolved parameter 'learning_rate' is no float"),
    ("resolved", {"max_iter": True}, "resolved parameter 'max_iter' is no int"),
    ("resolved", {"n_members": 0}, "resolved members without a fold of their own"),
    ("resolved", lambda n: {"n_folds": n - 1}, "resolved members without a fold of their own"),
    ("resolved", lambda n: {"n_members": n - 1}, "there are more members than were resolved"),
    ("resolved", {"max_iter": 0}, "resolved members have no iterations"),
    ("resolved", {"patience": 0}, "resolved members have no iterations"),
    ("resolved", {"learning_rate": 0.0}, "'learning_rate' parameter"),
    ("resolved", {"max_leaf_nodes": 1}, "'max_leaf_nodes' parameter"),
    ("resolved", {"max_features": 1.5}, "'max_features' parameter"),
]


@pytest.mark.parametrize("case", range(len(WRONG)))
def test_wrong_scalars_of_an_ensemble_are_refused(automatic: bytes, case: int) -> None:
    name, value, message = WRONG[case]
    fitted = fitted_of(automatic)
    if callable(value):
        value = value(fitted["resolved"]["n_members"])
    if name == "resolved" and value is not None:
        value = {**fitted["resolved"], **value}
    with pytest.raises(hb.ModelFormatError, match=message):
        from_bytes(changed(automatic, fitted=json.dumps({**fitted, name: value})))


@pytest.mark.parametrize("name", OWN)
def test_scalar_that_is_missing_is_refused(automatic: bytes, name: str) -> None:
    fitted = fitted_of(automatic)
    del fitted[name]
    with pytest.raises(hb.ModelFormatError, match="fitted scalars are"):
        from_bytes(changed(automatic, fitted=json.dumps(fitted)))


def test_wrong_scalars_within_the_ensemble_are_refused_too(automatic: bytes) -> None:
    fitted = fitted_of(automatic)
    fitted["ensemble"]["random_seed"] = -1
    with pytest.raises(hb.ModelFormatError, match="random_seed is not an unsigned 64-bit integer"):
        from_bytes(changed(automatic, fitted=json.dumps(fitted)))


def test_tensor_that_no_ensemble_has_is_refused(automatic: bytes) -> None:
    with pytest.raises(hb.ModelFormatError, match=r"the tensors \['more'\] belong to no trees"):
        from_bytes(with_tensors(automatic, more=np.zeros(2)))


def test_file_of_one_estimator_under_the_name_of_another_is_refused(automatic: bytes) -> None:
    name = unpack(automatic)[1]["estimator"]
    for other in {*map(name_of, AUTOMATIC), name.replace("Auto", "Hist")} - {name}:
        with pytest.raises(hb.ModelFormatError):
            from_bytes(changed(automatic, estimator=other))


@over_automatic
def test_loaded_estimator_has_the_attributes_of_the_saved_one(estimator: Any) -> None:
    X, y = table(estimator, n_rows=60)
    fitted = clone(estimator).fit(X, y)
    loaded = from_bytes(to_bytes(fitted))
    assert vars(loaded).keys() == vars(fitted).keys()
    for name in [name for name in dir(fitted) if name.endswith("_") and not name.startswith("_")]:
        if name not in ("estimator_", "fit_profile_"):
            shown, expected = getattr(loaded, name, None), getattr(fitted, name, None)
            np.testing.assert_array_equal(shown, expected, err_msg=name)
            assert getattr(shown, "dtype", None) == getattr(expected, "dtype", None)
    assert vars(loaded.estimator_).keys() == vars(fitted.estimator_).keys() - {"fit_profile_"}
    assert loaded.estimator_.get_params() == fitted.estimator_.get_params()


@over_automatic
def test_file_is_that_of_one_fit_though_another_ends_meanwhile(estimator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trees of one fit are never saved with the losses of the other."""
    X, y = table(estimator, n_rows=60)
    fitted = clone(estimator).fit(X, y)
    expected = to_bytes(fitted)
    inner = type(fitted.estimator_)
    state_of = inner._fitted_state

    def state_meanwhile(self: Any) -> Any:
        state = state_of(self)
        fitted.fit(X[:30], y[:30])
        return state

    monkeypatch.setattr(inner, "_fitted_state", state_meanwhile)
    assert to_bytes(fitted) == expected
    monkeypatch.undo()
    assert to_bytes(fitted) != expected


@over_automatic
def test_threads_set_after_the_fit_are_those_of_predictions(estimator: Any) -> None:
    X, y = table(estimator, n_rows=60)
    fitted = clone(estimator).set_params(n_jobs=1).fit(X, y)
    expected = raw_scores(fitted, X)
    np.testing.assert_array_equal(raw_scores(fitted.set_params(n_jobs=2), X), expected)
    with pytest.raises(ValueError, match="n_jobs must be None or an integer other than 0, got 0"):
        fitted.set_params(n_jobs=0).predict(X)
    assert fitted.estimator_.n_jobs == 1
