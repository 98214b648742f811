"""What :class:`deepfm.DeepFM` needs of scikit-learn, where that is not installed."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np


class BaseEstimator:
    """Parameters by the names of ``__init__``."""

    @classmethod
    def _names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self, **params: Any) -> Any:
        for name, value in params.items():
            if name not in self._names():
                raise ValueError(f"found parameter {name!r}, expected one of {', '.join(self._names())}")
            setattr(self, name, value)
        return self

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__.copy()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


class ClassifierMixin:
    """The share of rows whose label is predicted."""

    def score(self: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        return float(np.average(self.predict(X) == np.asarray(y), weights=sample_weight))
