"""Models and trainings, a thin layer over the C library."""

from __future__ import annotations

import ctypes
import json
import os
import queue
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ._data import Log, open_log
from ._library import PATH, CancellationHandle, EventHandler, ModelHandle, Training, call, json_of, plain

if TYPE_CHECKING:
    from ._estimator import DeepFM


class Event(dict[str, Any]):
    """What a training tells: ``event.kind``, and what belongs to it by key or as an attribute.

    ============== ====================================================================
    kind           what it has
    ============== ====================================================================
    encoded        training_rows, validation_rows, fields, features, seconds
    started        backend, settings, training_rows, validation_rows, parameters
    warmed_up      seconds: the device's compiler has done its work
    progress       epoch, epochs, samples, samples_total, loss, samples_per_second,
                   seconds_left_at_most; at most every half second
    epoch          epoch, training_loss, validation, learning_rate, improved, seconds
    rate_dropped   learning_rate
    note           text: something to know, in one line
    stopped        reason, best_epoch
    ============== ====================================================================

    ``pretraining`` is true for what belongs to a training before the model's own.
    """

    @property
    def kind(self) -> str:
        return self["event"]

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f'an event "{self.get("event")}" has no {name}') from None

    def __str__(self) -> str:
        """One line for people."""
        if self.kind == "note":
            return f"note: {self['text']}"
        if self.kind == "epoch":
            line = f"epoch {self['epoch']}: loss {self['training_loss']:.5f}"
            judged = self.get("validation") or {}
            if judged.get("auc") is not None:
                line += f", validation AUC {judged['auc']:.5f}"
            if judged:
                line += f", LogLoss {judged['log_loss']:.5f}"
            return (
                line + f", {self['samples_per_second']:,.0f} samples/s" + (" *" if self["improved"] else "")
            )
        if self.kind == "encoded":
            return (
                f"encoded {self['training_rows']} training and {self['validation_rows']} validation rows, "
                f"{self['fields']} fields, {self['features']} features in {self['seconds']:.2f} s"
            )
        if self.kind == "started":
            return f"{self['parameters']} parameters on {self['backend']}"
        if self.kind == "stopped":
            best = self.get("best_epoch")
            return f"{self['reason']}" + (f"; the best epoch is {best}" if best else "")
        rest = ", ".join(f"{key} {value}" for key, value in self.items() if key not in ("event", "settings"))
        return f"{self.kind}: {rest}"


def devices() -> list[dict[str, Any]]:
    """The OpenCL devices a model can run on: name, kind, platform, memory, compute_units."""
    return json_of(call("deepfm_devices"))


def rows(data: Any, limit: int | None = 10) -> list[dict[str, Any]]:
    """The first rows as they are read, before a schema says what they mean: texts, lists, None for what is
    missing.

    :param data: rows in any form that :meth:`deepfm.DeepFM.fit` takes.
    :param limit: how many rows at most; None for all.
    """
    with open_log(data, "rows") as log:
        address = call("deepfm_log_head", log.handle.address, limit or 0)
    try:
        return [json.loads(line) for line in ctypes.string_at(address).splitlines()]
    finally:
        plain("deepfm_free", address)


def settings(**given: Any) -> list[dict[str, Any]]:
    """All settings of a training: name, value in force after those that are given, help, expected."""
    return json_of(call("deepfm_settings", settings_text(given)))


def settings_text(given: Mapping[str, Any]) -> bytes:
    """Settings as the library reads them; None leaves one at its default."""

    def value(each: Any) -> Any:
        if isinstance(each, np.generic):
            return each.item()
        return [value(one) for one in each] if isinstance(each, (list, tuple, np.ndarray)) else each

    return json.dumps({key: value(each) for key, each in given.items() if each is not None}).encode()


def schema_text(schema: Any) -> bytes | None:
    """A schema as the library reads it: of a mapping, or of YAML, a path or a ready schema's name."""
    if schema is None:
        return None
    if isinstance(schema, Mapping):
        return json.dumps(schema).encode()
    return os.fsencode(schema)


class Model:
    """A trained model on a device: what ``DeepFM.model_`` is, or one of a file by :meth:`open`.

    Any thread may use it; calls wait for each other.
    """

    def __init__(self, handle: ModelHandle) -> None:
        self._handle = handle
        self._facts: dict[str, Any] | None = None

    @classmethod
    def open(cls, path: str | os.PathLike[str], device: str = "auto") -> Model:
        """Reads a model file or the model of a run folder, whoever trained it."""
        return cls(ModelHandle(call("deepfm_model_open", os.fsencode(path), device.encode())))

    @classmethod
    def from_bytes(cls, content: bytes, device: str = "auto") -> Model:
        """Reads the bytes of a model file."""
        return cls(ModelHandle(call("deepfm_model_read", content, len(content), device.encode())))

    @property
    def facts(self) -> dict[str, Any]:
        """model, device, fields, features, parameters, steps, epochs, best_epoch, stopped, settings, schema,
        history, validation, test."""
        if self._facts is None:
            self._facts = json_of(call("deepfm_model_describe", self._handle.address))
        return self._facts

    def to_bytes(self, optimizer: bool = True) -> bytes:
        """The bytes of the model file; without the optimizer's numbers it takes a half or a third of the
        room."""
        count = ctypes.c_size_t()
        address = call("deepfm_model_bytes", self._handle.address, int(optimizer), ctypes.byref(count))
        try:
            return ctypes.string_at(address, count.value)
        finally:
            plain("deepfm_free", address)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model file: the command reads it, and so does :meth:`open`."""
        call("deepfm_model_write", self._handle.address, os.fsencode(path))

    def save_run(self, folder: str | os.PathLike[str], overwrite: bool = False) -> None:
        """Writes a run folder as the command's: config.yaml, model.deepfm, metrics.json, history.csv."""
        call("deepfm_model_write_run", self._handle.address, os.fsencode(folder), int(overwrite))

    def predict(self, rows: Any) -> np.ndarray:
        """The probability of a click of each row, float32 [rows]."""
        with open_log(rows, "X") as log:
            if log.rows == 0:
                return np.empty(0, np.float32)
            count = ctypes.c_size_t()
            address = call(
                "deepfm_model_predict", self._handle.address, log.handle.address, ctypes.byref(count)
            )
        try:
            size = count.value * ctypes.sizeof(ctypes.c_float)
            return np.frombuffer(ctypes.string_at(address, size), np.float32).copy()
        finally:
            plain("deepfm_free", address)

    def evaluate(self, rows: Any, beside: Mapping[str, np.ndarray] | None = None) -> dict[str, Any]:
        """Metrics on rows with clicks: rows, auc, log_loss, average_precision, normalized_entropy,
        calibration."""
        with open_log(rows, "X", beside) as log:
            return json_of(call("deepfm_model_evaluate", self._handle.address, log.handle.address))

    def __repr__(self) -> str:
        facts = self.facts
        size = f"{len(facts['fields'])} fields, {facts['features']} features"
        return f"<{facts['model']}: {size}, {facts['device']}>"


def load(path: str | os.PathLike[str], device: str = "auto") -> DeepFM:
    """A fitted :class:`deepfm.DeepFM` of a model file or a run folder, the command's included."""
    from ._estimator import DeepFM

    return DeepFM._of(Model.open(path, device), device)


def _check_command() -> Any:
    """Who holds a device against the reference: this interpreter, in a process of its own."""
    if not sys.executable:
        return None  # A program that has the interpreter inside: nobody knows what it would start.
    words = [sys.executable, "-I", str(Path(__file__).with_name("_check.py")), PATH]
    return (ctypes.c_char_p * (len(words) + 1))(*map(os.fsencode, words), None)


class Run:
    """A training under way, on a thread of its own, so that Ctrl-C and whoever takes its events have theirs.

    :ivar model: what it came to, once it has ended well; None before that.
    """

    def __init__(
        self,
        training: Log,
        validation: Log | None,
        test: Log | None,
        *,
        settings: bytes,
        schema: bytes | None,
        device: str,
        start: Model | None,
        unchecked: bool = False,
    ) -> None:
        self.model: Model | None = None
        self._told: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._cancellation = CancellationHandle()
        self._failed = False
        told = self._told

        def take(_: Any, line: bytes) -> int:
            told.put(Event(json.loads(line)))
            return 0

        handler = EventHandler(take)
        logs = [log and log.handle.address for log in (training, validation, test)]
        job = Training(
            ctypes.sizeof(Training),
            *logs,
            settings,
            schema,
            device.encode(),
            start and start._handle.address,
            handler,
            None,
            self._cancellation.address,
            None if unchecked else _check_command(),
        )
        # The library reads their memory until it is done, whatever happens to the caller meanwhile.
        owners = [list(log.owners) for log in (training, validation, test) if log] + [
            start,
            self._cancellation,
        ]

        def run() -> None:
            try:
                told.put(Model(ModelHandle(call("deepfm_train", ctypes.byref(job)))))
            except BaseException as error:  # Raised by whoever takes the events.
                told.put(error)
            finally:
                owners.clear()

        threading.Thread(target=run, name="deepfm", daemon=True).start()

    def _next(self) -> Any:
        while True:
            try:
                # With a bound, since a wait without one does not hear Ctrl-C everywhere.
                found = self._told.get(timeout=1)
            except queue.Empty:
                continue
            if isinstance(found, Model):
                self.model = found
            self._failed = self._failed or isinstance(found, BaseException)
            return found

    def events(self) -> Iterator[Event]:
        """The events as they come, to the end.

        :raises DeepFMError: where the training fails.
        """
        while True:
            found = self._next()
            if isinstance(found, Model):
                return
            if isinstance(found, BaseException):
                raise found
            yield found

    def finish(self) -> Model | None:
        """Ends it after the step under way; None where there is nothing to keep."""
        self._cancellation.cancel()
        while self.model is None and not self._failed:
            self._next()
        return self.model
