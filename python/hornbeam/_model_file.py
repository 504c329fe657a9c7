"""Saved models: what a file says about itself, and the checks before an estimator exists.

A file is a safetensors container. Its tensors are the fitted arrays; its metadata names the format, the estimator, the
parameters and the fitted scalars, and holds a checksum of each tensor and of the metadata. The checksums guard against
accidents, not attackers: what protects from those is that loading runs no code of the file and that every value is
checked. A later minor version may add tensors named `x_*`, which older readers ignore.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from numpy.typing import NDArray

import hornbeam
from hornbeam._atomic_file import read_regular_file, write_atomically
from hornbeam._container import pack, unpack
from hornbeam._core import ModelFormatError
from hornbeam._plain_json import decode_value, dumps, encode_value, expect, loads
from hornbeam._validation import InvalidParameterError, validate_parameters

# The format written, and the highest that this version reads.
FORMAT_VERSION = 1

# The estimators a file may name.
SAVEABLE = (
    "AutoGradientBoostingClassifier",
    "AutoGradientBoostingRegressor",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
)

_METADATA = {"checksums", "estimator", "fitted", "format", "format_version", "lib_version", "min_reader", "params"}


class FittedState(NamedTuple):
    """What fitting made: JSON values and arrays."""

    scalars: dict[str, Any]
    tensors: dict[str, NDArray[Any]]


class SaveMixin:
    """Adds `save` to an estimator that can turn its fitted attributes into a `FittedState` and back."""

    # Parameters that a file names only where they are not at their defaults.
    _saved_unless_default: frozenset[str] = frozenset()

    def _fitted_state(self) -> FittedState:
        raise NotImplementedError

    def _restore_fitted_state(self, state: FittedState) -> None:
        raise NotImplementedError

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the fitted estimator to a file that `hornbeam.load` reads.

        The file replaces an older one as a whole or not at all. Callbacks are not saved.

        Parameters
        ----------
        path : str or path-like
            Where to save.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        TypeError
            If a parameter cannot be saved, such as a callable; the message names it. Also for a subclass.
        ValueError
            If the names of features, classes or parameters are too many or too long for a model file.
        OSError
            If the file cannot be written; an older file is then untouched.
        """
        write_atomically(path, to_bytes(self))


def load(path: str | os.PathLike[str]) -> Any:
    """Load an estimator saved with its `save` method.

    Loading runs no code of the file and checks every value, so files from untrusted sources can be loaded.

    Parameters
    ----------
    path : str or path-like
        A regular file.

    Returns
    -------
    estimator : estimator
        The fitted estimator. It predicts the same bits as the one that was saved.

    Raises
    ------
    hornbeam.ModelFormatError
        If the file is damaged, is no hornbeam model, or needs a newer version of hornbeam.
    OSError
        If there is no such file, or it is not a regular file.

    Examples
    --------
    >>> import hornbeam as hb
    >>> import os, tempfile
    >>> model = hb.HistGradientBoostingRegressor(max_iter=3).fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.safetensors")
    ...     model.save(path)
    ...     hb.load(path)
    HistGradientBoostingRegressor(max_iter=3)
    """
    return from_bytes(read_regular_file(path))


def to_bytes(estimator: Any) -> bytes:
    """Serialise a fitted estimator; equal estimators give equal bytes."""
    name = type(estimator).__name__
    if name not in SAVEABLE or type(estimator) is not getattr(hornbeam, name):
        raise TypeError(
            f"{type(estimator).__module__}.{name} cannot be saved: only {', '.join(SAVEABLE)} themselves can, for a "
            "file holds nothing of a subclass"
        )
    state = estimator._fitted_state()
    metadata = {
        "estimator": name,
        "fitted": dumps(state.scalars),
        "format": "hornbeam",
        "format_version": str(FORMAT_VERSION),
        "lib_version": hornbeam.__version__,
        "min_reader": "1",
        "params": dumps(_params_of(estimator)),
    }
    return pack(state.tensors, {**metadata, "checksums": _checksums(state.tensors, metadata)})


def _params_of(estimator: Any) -> dict[str, Any]:
    """The parameters as JSON types; a reader takes the default of those that are missing."""
    default = type(estimator)()
    params = {name: encode_value(value, name) for name, value in estimator.get_params(deep=False).items()}
    for name in estimator._saved_unless_default:
        if dumps(params[name]) == dumps(encode_value(getattr(default, name), name)):
            del params[name]
    return params


def from_bytes(data: bytes) -> Any:
    """Rebuild the estimator that `to_bytes` serialised."""
    tensors, metadata = unpack(data)
    _check_version(metadata)
    expect(set(metadata) == _METADATA, f"the metadata has {sorted(metadata)}, expected {sorted(_METADATA)}")
    checksums = metadata.pop("checksums")
    expect(checksums == _checksums(tensors, metadata), "a checksum does not match: the file is damaged")
    tensors = {name: array for name, array in tensors.items() if not name.startswith("x_")}

    name = metadata["estimator"]
    expect(name in SAVEABLE, f"the file holds a {name!r}, which this version of hornbeam cannot load")
    estimator = _with_params(getattr(hornbeam, name), loads(metadata["params"], "params"))
    scalars = loads(metadata["fitted"], "fitted")
    expect(isinstance(scalars, dict), "the fitted scalars are not a JSON object")
    estimator._restore_fitted_state(FittedState(scalars, tensors))
    return estimator


def _check_version(metadata: dict[str, str]) -> None:
    expect(metadata.get("format") == "hornbeam", "the file is not a hornbeam model")
    needed = metadata.get("min_reader", "")
    expect(needed.isascii() and needed.isdigit() and len(needed) < 10, f"min_reader is {needed!r}, not a number")
    expect(
        int(needed) <= FORMAT_VERSION,
        f"the file needs a hornbeam that reads format {needed}; version {hornbeam.__version__} reads up to "
        f"{FORMAT_VERSION}",
    )


def _checksums(tensors: dict[str, NDArray[Any]], metadata: dict[str, str]) -> str:
    return dumps(
        {
            "metadata": zlib.crc32(dumps(metadata).encode("ascii")),
            "tensors": {name: zlib.crc32(array.tobytes()) for name, array in tensors.items()},
        }
    )


def _with_params(estimator_class: Any, params: Any) -> Any:
    expect(isinstance(params, dict), "params is not a JSON object")
    unknown = sorted(set(params) - set(estimator_class._get_param_names()))
    expect(not unknown, f"{estimator_class.__name__} has no parameters {unknown}")
    estimator = estimator_class(**{name: decode_value(value) for name, value in params.items()})
    with malformed_if_invalid():
        validate_parameters(estimator)
    return estimator


@contextmanager
def malformed_if_invalid() -> Iterator[None]:
    """Make an invalid parameter an error of the file that names it."""
    try:
        yield
    except InvalidParameterError as error:
        raise ModelFormatError(str(error)) from error
