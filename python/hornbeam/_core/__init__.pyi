"""
Compiled core of hornbeam.
"""

from __future__ import annotations
import numpy
import numpy.typing
import typing
from . import testing

__all__: list[str] = [
    "CompiledPredictor",
    "ExactIndex",
    "ModelFormatError",
    "Trainer",
    "TreeModel",
    "binary_probabilities",
    "build_info",
    "contributions",
    "exp",
    "get_num_threads",
    "leaf_indices",
    "metric_names",
    "objective_names",
    "refit",
    "set_num_threads",
    "set_simd_level",
    "sigmoid",
    "simd_level",
    "simd_levels",
    "softmax",
    "testing",
    "thread_limits",
]

class ModelFormatError(ValueError):
    pass

class TreeModel:
    """
    Immutable trees; safe to share between threads.
    """
    @staticmethod
    def from_arrays(arrays: dict[str, numpy.ndarray]) -> TreeModel:
        """
        Validates and copies the arrays.
        """
    def __getstate__(self) -> tuple[dict[str, numpy.ndarray]]: ...
    def __setstate__(self, arg0: tuple) -> None: ...
    def add_raw(
        self,
        X: typing.Any,
        out: numpy.ndarray,
        begin: typing.SupportsInt | typing.SupportsIndex,
        end: typing.SupportsInt | typing.SupportsIndex,
        *,
        n_threads: typing.SupportsInt | typing.SupportsIndex = 0,
    ) -> None: ...
    def baseline(self) -> numpy.typing.NDArray[numpy.float64]: ...
    def feature_importances(self) -> numpy.typing.NDArray[numpy.float64]: ...
    def predict_raw(
        self,
        X: typing.Any,
        *,
        init_score: numpy.ndarray | None = None,
        n_threads: typing.SupportsInt | typing.SupportsIndex = 0,
    ) -> numpy.typing.NDArray[numpy.float64]: ...
    def start_raw(
        self, n_rows: typing.SupportsInt | typing.SupportsIndex, init_score: numpy.ndarray | None = None
    ) -> numpy.typing.NDArray[numpy.float64]:
        """
        Raw scores before the first tree.
        """
    def to_arrays(self) -> dict[str, numpy.ndarray]:
        """
        Read-only views of the model's arrays.
        """
    def truncated(self, n_iterations: typing.SupportsInt | typing.SupportsIndex) -> TreeModel:
        """
        A model of the first iterations.
        """
    @property
    def n_features(self) -> int: ...
    @property
    def n_iterations(self) -> int: ...
    @property
    def n_leaves(self) -> int: ...
    @property
    def n_outputs(self) -> int: ...

class CompiledPredictor:
    """
    Predicts as its estimator does; immutable, and safe to share between threads.
    """
    def __init__(
        self,
        model: TreeModel,
        classes: numpy.ndarray | None,
        has_log_link: bool = False,
        n_threads: typing.SupportsInt | typing.SupportsIndex = 0,
    ) -> None: ...
    def __reduce__(self) -> tuple[type, tuple]: ...
    def predict(self, X: typing.Any) -> typing.Any: ...
    def predict_proba(self, X: typing.Any) -> numpy.typing.NDArray[numpy.float64]: ...

class Trainer:
    """
    Bins X once and grows one iteration per boost().
    """
    def __init__(
        self,
        X: typing.Any,
        y: numpy.ndarray,
        sample_weight: numpy.ndarray | None,
        *,
        init_score: numpy.ndarray | None = None,
        init_model: TreeModel | None = None,
        **kwargs: typing.Any,
    ) -> None: ...
    def boost(self) -> None: ...
    def model(self) -> TreeModel: ...
    def profile(self) -> dict[str, float]: ...
    def raw_predictions(self) -> numpy.typing.NDArray[numpy.float64]: ...
    def set_validation(
        self,
        X: typing.Any,
        y: numpy.ndarray,
        sample_weight: numpy.ndarray | None,
        *,
        init_score: numpy.ndarray | None = None,
    ) -> None: ...
    def train_loss(self) -> float: ...
    def validation_loss(self) -> float: ...
    def validation_raw_predictions(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def n_iterations(self) -> int: ...

class ExactIndex:
    """
    A copy of a table, and exact neighbours in it.
    """
    def __init__(
        self,
        X: numpy.ndarray,
        *,
        metric: str,
        p: typing.SupportsFloat | typing.SupportsIndex = 2.0,
        n_threads: typing.SupportsInt | typing.SupportsIndex = 0,
    ) -> None: ...
    def nearest(
        self,
        X: numpy.ndarray,
        k: typing.SupportsInt | typing.SupportsIndex,
        *,
        own_row: numpy.ndarray | None = None,
        n_threads: typing.SupportsInt | typing.SupportsIndex = 0,
    ) -> tuple:
        """
        Distances and rows of the k nearest, nearest first; a query is never told the row that is its own.
        """
    def within(
        self,
        X: numpy.ndarray,
        radius: typing.SupportsFloat | typing.SupportsIndex,
        *,
        own_row: numpy.ndarray | None = None,
        n_threads: typing.SupportsInt | typing.SupportsIndex = 0,
    ) -> tuple:
        """
        Row pointers, distances and rows of all within the radius, as in a CSR matrix; by row.
        """
    @property
    def n_features(self) -> int: ...
    @property
    def n_rows(self) -> int: ...

def binary_probabilities(raw: numpy.ndarray) -> numpy.typing.NDArray[numpy.float64]:
    """
    1 - sigmoid(raw) and sigmoid(raw), as columns.
    """

def build_info() -> dict[str, str]: ...
def contributions(
    model: TreeModel, X: typing.Any, *, n_threads: typing.SupportsInt | typing.SupportsIndex = 0
) -> numpy.typing.NDArray[numpy.float64]:
    """
    Shapley values (n_rows, n_features + 1, n_outputs), the expected scores last.
    """

def exp(raw: numpy.ndarray) -> numpy.typing.NDArray[numpy.float64]:
    """
    exp(raw), elementwise, at most the largest finite number.
    """

def get_num_threads() -> int: ...
def leaf_indices(
    model: TreeModel, X: typing.Any, *, n_threads: typing.SupportsInt | typing.SupportsIndex = 0
) -> numpy.typing.NDArray[numpy.int32]:
    """
    The leaf of each row in each tree (n_rows, n_iterations, n_outputs), counted from the tree's first.
    """

def metric_names() -> list[str]: ...
def objective_names() -> list[str]: ...
def refit(
    model: TreeModel,
    X: typing.Any,
    y: numpy.ndarray,
    sample_weight: numpy.ndarray | None,
    *,
    init_score: numpy.ndarray | None = None,
    decay: typing.SupportsFloat | typing.SupportsIndex,
    **kwargs: typing.Any,
) -> TreeModel:
    """
    The trees of the model with leaf values and baseline of these rows.
    """

def set_num_threads(n_threads: typing.SupportsInt | typing.SupportsIndex) -> None: ...
def set_simd_level(level: str) -> None: ...
def sigmoid(raw: numpy.ndarray) -> numpy.typing.NDArray[numpy.float64]:
    """
    1 / (1 + exp(-raw)), elementwise.
    """

def simd_level() -> str: ...
def simd_levels() -> list[str]: ...
def softmax(raw: numpy.ndarray) -> numpy.typing.NDArray[numpy.float64]:
    """
    exp(raw) over its row sums.
    """

def thread_limits() -> dict[str, int]: ...
