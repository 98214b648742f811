"""The estimator: scikit-learn's conventions over a model of the library."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Mapping
from typing import Any

import numpy as np

from ._model import Event, Model, Run, schema_text, settings_text
from ._parameters import Parameters, value_of
from ._rows import Rows

# The events that are worth a line.
_SHOWN = ("note", "encoded", "started", "epoch", "rate_dropped", "stopped")


class DeepFM(Parameters):
    """A click model: LR, FM, DeepFM or any of their kin, by ``model``; scikit-learn's conventions.

    ::

        model = DeepFM(model="deepfm-d", epochs=5, learning_rate=1e-3)
        model.fit(frame.drop("click"), frame["click"])
        model.predict_proba(new)[:, 1]

    A setting that is None has the model's own default; :func:`deepfm.settings` has all of them with a line of
    help, and `deepfm train --help` the same. These are of Python alone:

    :param schema: what the columns mean: a mapping, YAML, the path of a schema, or the name of a ready one.
        Without it floats and decimals are numeric fields, lists multivalued ones, all others categorical.
    :param numeric: columns that are numeric fields, whatever their type.
    :param categorical: columns that are categorical fields, whatever their type.
    :param device: "auto", "gpu", "cpu", "reference", a number, or part of a name.
    :param unchecked: whether to take the device as it is: otherwise it is held against the reference, in a
        process of its own, before it first trains a model of this shape.
    :param verbose: whether to print a line an epoch.

    After ``fit``:

    :ivar classes_: the two labels; the second one is a click.
    :ivar model_: the :class:`deepfm.Model`.
    :ivar validation_: metrics of the best epoch: auc, log_loss and so on; None without validation rows.
    :ivar test_: metrics on ``test`` rows; None without.
    :ivar history_: a mapping for each epoch.
    :ivar best_epoch_: the epoch that is kept; None where none was validated.
    :ivar stopped_: why the training ended.
    """

    # ---- Fitting

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        validation: Any = None,
        test: Any = None,
        start: DeepFM | None = None,
        callback: Callable[[Event], Any] | None = None,
    ) -> DeepFM:
        """Trains the model.

        :param X: the rows: a frame of pandas or polars, a table, dataset or reader of pyarrow, a dict of
            NumPy arrays, a matrix, an iterator of any of these, or the path of a log (patterns as in
            ``logs/*.csv.gz``).
        :param y: the labels, two of them; or the name of their column in X. None for a log that has them: the
            column that the schema names, or one called click, label or alike.
        :param sample_weight: a weight from 0 for each row, or the name of their column.
        :param validation: rows that decide which epoch is the best, as ``(X, y)`` or ``(X, y,
            sample_weight)``, or X alone where y is a name or None. Without it ``valid_fraction`` of the rows
            are held out.
        :param test: rows that judge the model at the end, in the same forms.
        :param start: a fitted model to go on from, with its vocabularies.
        :param callback: called with each :class:`Event`; where it returns False, the training ends with the
            best model so far.
        :raises InputError: for rows, settings or a schema that cannot be used, in the words of the command.
        :raises KeyboardInterrupt: for Ctrl-C, when the model holds the best so far; one that is not caught,
            or a second one, ends the program as ever.
        """
        events = self.fit_iter(X, y, sample_weight, validation=validation, test=test, start=start)
        with contextlib.closing(events):
            for event in events:
                if self.verbose and event.kind in _SHOWN:
                    print(event, flush=True)
                if callback is not None and callback(event) is False:
                    break
        if not hasattr(self, "model_"):
            raise RuntimeError(
                "the callback has ended the training before an epoch was finished: there is no model"
            )
        return self

    def fit_iter(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        validation: Any = None,
        test: Any = None,
        start: DeepFM | None = None,
    ) -> Generator[Event, None, None]:
        """As :meth:`fit`, but gives the events while it trains, for a loop::

            for event in model.fit_iter(X, y):
                if event.kind == "epoch":
                    print(event.epoch, event.validation["auc"])

        Leaving the loop ends the training after the step under way, and the model is the best one so far.
        """
        for name in ("model_", "classes_"):
            self.__dict__.pop(name, None)
        known = start._fitted() if start is not None else None
        with contextlib.ExitStack() as logs:
            rows = self._rows(X, y, sample_weight, known)
            training = logs.enter_context(rows.open("X"))
            schema = None if known else rows.schema(self, training)
            others = []
            for name, given in (("validation", validation), ("test", test)):
                parts = rows.like(self, given, name)
                others.append(logs.enter_context(parts.open(name)) if parts else None)
            settings = {key: getattr(self, key) for key in self._settings()}
            if known is not None and self.model == "deepfm-d":
                # The model to go on from has one of its own.
                del settings["model"]
            run = Run(
                training,
                *others,
                settings=settings_text(settings),
                schema=schema_text(schema),
                device=self.device,
                start=known,
                unchecked=self.unchecked,
            )
            try:
                yield from run.events()
            finally:
                model = run.finish()
                if model is not None:
                    self._take(model, rows)

    def _rows(self, X: Any, y: Any, sample_weight: Any, start: Model | None) -> Rows:
        label = weight = None
        if start is not None:
            label, weight = start.facts.get("label"), start.facts.get("weight")
        elif isinstance(self.schema, Mapping):
            label, weight = self.schema.get("label"), self.schema.get("weight")
            label = label.get("column") if isinstance(label, Mapping) else label
        elif self.schema is not None and y is not None and not isinstance(y, str):
            raise ValueError(
                "found labels beside a schema of text, expected them in the rows; "
                "give the name of their column as y, or the schema as a mapping"
            )
        return Rows(X, y, sample_weight, label, weight)

    def _take(self, model: Model, rows: Rows) -> None:
        self._adopt(model, rows.classes)
        if rows.width is not None:
            self.n_features_in_ = rows.width
        self.__dict__.pop("feature_names_in_", None)
        if rows.names is not None:
            self.feature_names_in_ = np.array(rows.names, dtype=object)

    def _adopt(self, model: Model, classes: np.ndarray) -> None:
        facts = model.facts
        self.model_, self.classes_ = model, classes
        self.validation_, self.test_, self.history_ = (
            facts.get("validation"),
            facts.get("test"),
            facts["history"],
        )
        self.best_epoch_, self.stopped_ = facts.get("best_epoch"), facts.get("stopped")

    # ---- Using

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probabilities of both labels of each row, float32 [rows × 2]; those of a click in the second
        column.

        :param X: rows in any form that :meth:`fit` takes; columns that the model does not know are passed
            over.
        """
        model = self._fitted()
        self._check_width(X)
        clicks = model.predict(X)
        return np.stack([1 - clicks, clicks], axis=1)

    def decision_function(self, X: Any) -> np.ndarray:
        """The log-odds of a click of each row, [rows]."""
        self._fitted()
        clicks = self.predict_proba(X)[:, 1].astype(np.float64)
        with np.errstate(divide="ignore"):
            return np.log(clicks) - np.log1p(-clicks)

    def predict(self, X: Any) -> np.ndarray:
        """The likelier label of each row, [rows]."""
        self._fitted()
        return self.classes_[(self.predict_proba(X)[:, 1] > 0.5).astype(int)]

    def evaluate(self, X: Any, y: Any = None, sample_weight: Any = None) -> dict[str, Any]:
        """Metrics on rows with labels, in the forms that :meth:`fit` takes: auc, log_loss, average_precision,
        normalized_entropy, calibration, rows. (``score`` is the share of rows whose label is predicted.)"""
        model = self._fitted()
        rows = Rows(X, y, sample_weight, model.facts.get("label"), model.facts.get("weight"), self.classes_)
        return model.evaluate(X, rows.beside)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model file, which the command reads as well: ``deepfm predict clicks.deepfm new.csv``.

        It knows clicks and no clicks, and not what the labels were called: pickle keeps that too.
        """
        self._fitted().save(path)

    def save_run(self, folder: str | os.PathLike[str], overwrite: bool = False) -> None:
        """Writes a run folder, as ``deepfm train`` does, of a model that this process has trained."""
        self._fitted().save_run(folder, overwrite)

    # ---- Inside

    @classmethod
    def _of(cls, model: Model, device: str) -> DeepFM:
        known = set(cls._settings())
        given = {key: value_of(text) for key, text in model.facts["settings"].items() if key in known}
        fitted = cls(**given, device=device)
        fitted._adopt(model, np.array([0, 1]))
        fitted.n_features_in_ = len(model.facts["fields"])
        return fitted

    def _fitted(self) -> Model:
        if "model_" not in self.__dict__:
            content = self.__dict__.pop("_content", None)
            if content is None:
                raise _not_fitted(self)
            self.model_ = Model.from_bytes(content, self.device)
        return self.model_

    def _check_width(self, X: Any) -> None:
        width = getattr(X, "shape", (0,))[-1] if isinstance(X, np.ndarray) and X.ndim == 2 else None
        known = getattr(self, "n_features_in_", width)
        if width is not None and width != known:
            raise ValueError(
                f"X has {width} features, but {type(self).__name__} is expecting {known} features as input"
            )

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        model = state.pop("model_", None)
        if model is not None:
            state["_content"] = model.to_bytes()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)

    def __sklearn_is_fitted__(self) -> bool:
        return "model_" in self.__dict__ or "_content" in self.__dict__

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags


def _not_fitted(estimator: DeepFM) -> Exception:
    words = (
        f"This {type(estimator).__name__} instance is not fitted yet. Call 'fit' with appropriate arguments "
        "before using this estimator."
    )
    try:
        from sklearn.exceptions import NotFittedError
    except ImportError:
        return AttributeError(words)
    return NotFittedError(words)
