"""Rows with their labels and weights, in the forms that an estimator takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ._data import Log, column_names, is_path, open_log, tabular


class Rows:
    """Rows, and beside them labels and weights as columns.

    :param label: the name of the labels' column where a schema says it.
    :param weight: that of the weights' column.
    :param classes: the two labels where they are known; they are learned otherwise.
    """

    def __init__(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        label: str | None = None,
        weight: str | None = None,
        classes: np.ndarray | None = None,
    ) -> None:
        if isinstance(X, Iterator) or hasattr(X, "collect"):
            X = tabular(X)
        self.X = X
        self.columns = column_names(X)
        self.classes = np.array([0, 1]) if classes is None else classes
        self.beside: dict[str, np.ndarray] = {}
        self.label = self.weight = None
        if isinstance(y, str):
            self.label = y
        elif y is not None:
            if is_path(X):
                raise ValueError(
                    "found labels beside a path, expected them in the log; "
                    "give the name of their column as y, or a schema"
                )
            self.label = label or self._free(getattr(y, "name", None), "label")
            self.classes, self.beside[self.label] = _clicks(y, classes)
        elif isinstance(X, np.ndarray):
            raise ValueError(
                "DeepFM requires y to be passed, but the target y is None: a matrix has no labels in it"
            )
        if isinstance(sample_weight, str):
            self.weight = sample_weight
        elif sample_weight is not None:
            self.weight = weight or self._free(None, "weight")
            weights = self.beside[self.weight] = _weights(sample_weight)
            if classes is None and self.label in self.beside:
                _check_classes(self.classes, self.beside[self.label], weights)
        named = {self.label, self.weight} - set(self.beside)
        self.names: list[str] | None = None
        self.width: int | None = None
        if self.columns is not None:
            features = [name for name in self.columns if name not in named]
            self.width = len(features)
            if not isinstance(X, Mapping) and hasattr(X, "columns"):
                self.names = features
        elif hasattr(X, "shape") and len(X.shape) == 2:
            self.width = X.shape[1]

    def _free(self, wish: Any, otherwise: str) -> str:
        """A name that no column has."""
        name = wish if isinstance(wish, str) and wish else otherwise
        while name in (self.columns or []) or name in self.beside:
            name += "_"
        return name

    def open(self, name: str) -> Log:
        return open_log(self.X, name, self.beside)

    def like(self, estimator: Any, given: Any, name: str) -> Rows | None:
        """Further rows with columns called as here: rows, labels and weights, or rows alone."""
        if given is None:
            return None
        X, y, sample_weight = given, None, None
        if isinstance(given, tuple):
            if len(given) not in (2, 3):
                raise ValueError(
                    f"{name}: found {len(given)} things, expected (X, y) or (X, y, sample_weight)"
                )
            X, y, sample_weight = (*given, None)[:3]
        if y is None and self.label in self.beside:
            raise ValueError(f"{name}: found no labels, expected ({name}_X, {name}_y)")
        if sample_weight is None and self.weight in self.beside:
            sample_weight = np.ones(_length(X))
        classes = self.classes if self.label in self.beside else None
        return Rows(X, y, sample_weight, self.label, self.weight, classes)

    def schema(self, estimator: Any, log: Log) -> Any:
        """The schema of a training: the estimator's, with what columns in memory say of themselves."""
        schema = estimator.schema
        if schema is not None and not isinstance(schema, Mapping):
            return schema
        schema = dict(schema or {})
        if self.label is not None:
            rule = schema.get("label")
            schema["label"] = {**rule, "column": self.label} if isinstance(rule, Mapping) else self.label
        if self.weight is not None:
            schema["weight"] = self.weight
        columns = log.handle.columns
        if columns is None:
            if estimator.numeric or estimator.categorical:
                raise ValueError(
                    "found numeric or categorical columns for a path, expected a schema with its fields"
                )
            return schema or None
        if "fields" not in schema:
            schema["fields"] = list(self._fields(columns, estimator, schema))
        return schema

    def _fields(
        self, columns: list[dict[str, Any]], estimator: Any, schema: dict[str, Any]
    ) -> Iterator[dict[str, str]]:
        names = {column["name"] for column in columns}
        numeric, categorical = set(estimator.numeric or ()), set(estimator.categorical or ())
        unknown = (numeric | categorical) - names
        if unknown or numeric & categorical:
            raise ValueError(
                f"found columns {sorted(unknown or numeric & categorical)} as numeric or categorical, "
                f"expected " + (f"some of {sorted(names)}" if unknown else "each in one of them")
            )
        time = schema.get("time")
        special = {self.label, self.weight, time.get("column") if isinstance(time, Mapping) else time}
        for column in columns:
            name, kind = column["name"], column["kind"]
            if name in special or self.label is None and column["is_label"]:
                continue
            yield {
                "name": name,
                "kind": "numeric" if name in numeric else "categorical" if name in categorical else kind,
            }


def _length(data: Any) -> int:
    if isinstance(data, Mapping):
        return len(next(iter(data.values()))) if data else 0
    return data.shape[0] if hasattr(data, "shape") else len(data)


def _clicks(y: Any, classes: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The two labels, and for each row whether it is the second one."""
    labels = y.to_numpy() if hasattr(y, "to_numpy") else np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        _warn_of_column()
        labels = labels.ravel()
    if labels.ndim != 1:
        raise ValueError(f"y should be a 1d array, got an array of shape {labels.shape} instead.")
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise ValueError(
            "Input y contains NaN or infinity: found labels that are missing, expected two labels"
        )
    if labels.dtype == object and any(label is None or label != label for label in labels):
        raise ValueError("Input y contains NaN: found labels that are missing, expected two labels")
    if labels.dtype.kind == "f" and (labels != np.floor(labels)).any():
        raise ValueError(
            "Unknown label type: continuous. Maybe you are trying to fit a classifier, "
            "which expects discrete classes on a regression target with continuous values."
        )
    found = np.unique(labels)
    if classes is None:
        if len(found) > 2:
            raise ValueError(
                "Only binary classification is supported. The type of the target is multiclass: found "
                f"{len(found)} labels, expected two"
            )
        if len(found) < 2:
            raise ValueError(f"found one class, {found[:1].tolist()}, in all rows, expected two classes")
        classes = found
    strangers = np.setdiff1d(found, classes)
    if len(strangers):
        raise ValueError(f"found labels {strangers.tolist()}, expected {classes.tolist()} as in training")
    return classes, (labels == classes[1]).astype(np.int8)


def _check_classes(classes: np.ndarray, clicks: np.ndarray, weights: np.ndarray) -> None:
    if len(weights) != len(clicks) or not (weights > 0).any():
        return  # The library says what is wrong.
    seen = np.unique(clicks[weights > 0])
    if len(seen) < 2:
        raise ValueError(
            f"found one class, {classes[seen].tolist()}, in all rows of a weight above 0, "
            "expected two classes"
        )


def _warn_of_column() -> None:
    words = (
        "A column-vector y was passed when a 1d array was expected. "
        "Please change the shape of y to (n_samples,)."
    )
    try:
        from sklearn.exceptions import DataConversionWarning as category
    except ImportError:
        category = UserWarning
    import warnings

    warnings.warn(words, category, stacklevel=5)


def _weights(sample_weight: Any) -> np.ndarray:
    weights = sample_weight.to_numpy() if hasattr(sample_weight, "to_numpy") else np.asarray(sample_weight)
    if weights.ndim != 1:
        raise ValueError("Sample weights must be 1D array or scalar")
    if len(weights) and not weights.any():
        raise ValueError("Sample weights are zero in all rows, expected some above 0")
    return weights.astype(np.float64)
