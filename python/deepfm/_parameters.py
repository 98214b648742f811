"""An estimator's parameters: the settings of a training by the library's names, and a few of Python's own."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
except ImportError:
    from ._without_sklearn import BaseEstimator, ClassifierMixin

# Parameters that are no settings of the library.
_OWN = ("schema", "numeric", "categorical", "device", "unchecked", "verbose")


class Parameters(ClassifierMixin, BaseEstimator):
    """A classifier that only has its parameters. None leaves a setting at the model's own default."""

    def __init__(
        self,
        model: str = "deepfm-d",
        *,
        preset: str | None = None,
        embedding_size: int | None = None,
        embedding_sizes: str | None = None,
        vectors: str | None = None,
        embedding_initializer: str | None = None,
        embedding_deviation: float | None = None,
        hidden: Sequence[int] | None = None,
        hidden_initializer: str | None = None,
        activation: str | None = None,
        dropout: float | None = None,
        keep_probability: float | None = None,
        batch_norm: bool | None = None,
        product_form: str | None = None,
        cross_layers: int | None = None,
        cross_form: str | None = None,
        gate_temperature: float | None = None,
        second_hidden: Sequence[int] | None = None,
        field_gate: bool | None = None,
        fusion_heads: int | None = None,
        quadratic_layers: int | None = None,
        quadratic_factors: int | None = None,
        self_ensemble: bool | None = None,
        optimizer: str | None = None,
        learning_rate: float | None = None,
        wide_optimizer: str | None = None,
        wide_learning_rate: float | None = None,
        wide_l2: float | None = None,
        embedding_optimizer: str | None = None,
        embedding_learning_rate: float | None = None,
        embedding_l2: float | None = None,
        deep_optimizer: str | None = None,
        deep_learning_rate: float | None = None,
        deep_l2: float | None = None,
        ftrl_beta: float | None = None,
        ftrl_l1: float | None = None,
        ftrl_l2: float | None = None,
        tables: str | None = None,
        table_precision: str | None = None,
        clip_norm: float | None = None,
        row_clip: float | None = None,
        row_clip_floor: float | None = None,
        row_decay: float | None = None,
        batch_size: int | None = None,
        base_batch_size: int | None = None,
        warm_up_epochs: float | None = None,
        warm_up_parts: str | None = None,
        negative_rate: float | None = None,
        recalibrate: bool | None = None,
        virtual_ranks: int | None = None,
        averaging_epochs: float | None = None,
        epochs: int | None = None,
        pretraining_epochs: int | None = None,
        seed: int | None = None,
        monitor: str | None = None,
        patience: int | None = None,
        learning_rate_patience: int | None = None,
        return_to_best: bool | None = None,
        learning_rate_drop: float | None = None,
        learning_rate_floor: float | None = None,
        valid_fraction: float | None = None,
        schema: Mapping[str, Any] | str | os.PathLike[str] | None = None,
        numeric: Iterable[str] | None = None,
        categorical: Iterable[str] | None = None,
        device: str = "auto",
        unchecked: bool = False,
        verbose: bool = False,
    ) -> None:
        self.model = model
        self.preset = preset
        self.embedding_size = embedding_size
        self.embedding_sizes = embedding_sizes
        self.vectors = vectors
        self.embedding_initializer = embedding_initializer
        self.embedding_deviation = embedding_deviation
        self.hidden = hidden
        self.hidden_initializer = hidden_initializer
        self.activation = activation
        self.dropout = dropout
        self.keep_probability = keep_probability
        self.batch_norm = batch_norm
        self.product_form = product_form
        self.cross_layers = cross_layers
        self.cross_form = cross_form
        self.gate_temperature = gate_temperature
        self.second_hidden = second_hidden
        self.field_gate = field_gate
        self.fusion_heads = fusion_heads
        self.quadratic_layers = quadratic_layers
        self.quadratic_factors = quadratic_factors
        self.self_ensemble = self_ensemble
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.wide_optimizer = wide_optimizer
        self.wide_learning_rate = wide_learning_rate
        self.wide_l2 = wide_l2
        self.embedding_optimizer = embedding_optimizer
        self.embedding_learning_rate = embedding_learning_rate
        self.embedding_l2 = embedding_l2
        self.deep_optimizer = deep_optimizer
        self.deep_learning_rate = deep_learning_rate
        self.deep_l2 = deep_l2
        self.ftrl_beta = ftrl_beta
        self.ftrl_l1 = ftrl_l1
        self.ftrl_l2 = ftrl_l2
        self.tables = tables
        self.table_precision = table_precision
        self.clip_norm = clip_norm
        self.row_clip = row_clip
        self.row_clip_floor = row_clip_floor
        self.row_decay = row_decay
        self.batch_size = batch_size
        self.base_batch_size = base_batch_size
        self.warm_up_epochs = warm_up_epochs
        self.warm_up_parts = warm_up_parts
        self.negative_rate = negative_rate
        self.recalibrate = recalibrate
        self.virtual_ranks = virtual_ranks
        self.averaging_epochs = averaging_epochs
        self.epochs = epochs
        self.pretraining_epochs = pretraining_epochs
        self.seed = seed
        self.monitor = monitor
        self.patience = patience
        self.learning_rate_patience = learning_rate_patience
        self.return_to_best = return_to_best
        self.learning_rate_drop = learning_rate_drop
        self.learning_rate_floor = learning_rate_floor
        self.valid_fraction = valid_fraction
        self.schema = schema
        self.numeric = numeric
        self.categorical = categorical
        self.device = device
        self.unchecked = unchecked
        self.verbose = verbose

    @classmethod
    def _settings(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name not in ("self", *_OWN)]


def value_of(text: str) -> Any:
    """A setting's value as Python has it, of its text in YAML."""
    if text in ("true", "false"):
        return text == "true"
    if text.startswith("["):
        return [int(part) for part in text[1:-1].split(",") if part.strip()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text
