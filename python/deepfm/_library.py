"""The C library, and the functions of its header deepfm.h."""

from __future__ import annotations

import ctypes
import json
import os
from pathlib import Path
from typing import Any

from ._arrow import ArrowArrayStream

_c_char_p, _c_void_p, _size_t = ctypes.c_char_p, ctypes.c_void_p, ctypes.c_size_t
_error_p = ctypes.POINTER(_c_void_p)

EventHandler = ctypes.CFUNCTYPE(ctypes.c_int32, _c_void_p, _c_char_p)


class Training(ctypes.Structure):
    """struct deepfm_training."""

    _fields_ = [
        ("size", _size_t),
        ("training", _c_void_p),
        ("validation", _c_void_p),
        ("test", _c_void_p),
        ("settings", _c_char_p),
        ("schema", _c_char_p),
        ("device", _c_char_p),
        ("start", _c_void_p),
        ("on_event", EventHandler),
        ("context", _c_void_p),
        ("cancellation", _c_void_p),
        ("check_command", ctypes.POINTER(_c_char_p)),
        ("check_limit", ctypes.c_double),
    ]


class DeepFMError(Exception):
    """What the library says of a failure, in the words of the command."""


class InputError(DeepFMError, ValueError):
    """Data, a file or a setting: the words say where, what was found, what was expected and what to do."""


class DeviceError(DeepFMError, RuntimeError):
    """The OpenCL device or its driver."""


class Cancelled(DeepFMError):
    """Cancelled before there was anything to keep."""


_ERRORS = {1: InputError, 2: DeviceError, 3: Cancelled}

# Of each function what it returns, and its parameters without the error, which all of these have last.
_FALLIBLE: dict[str, tuple[Any, list[Any]]] = {
    "deepfm_devices": (_c_void_p, []),
    "deepfm_settings": (_c_void_p, [_c_char_p]),
    "deepfm_log_open": (_c_void_p, [_c_char_p]),
    "deepfm_log_columns": (_c_void_p, [_c_char_p, ctypes.POINTER(ctypes.POINTER(ArrowArrayStream)), _size_t]),
    "deepfm_log_columns_json": (_c_void_p, [_c_void_p]),
    "deepfm_log_head": (_c_void_p, [_c_void_p, _size_t]),
    "deepfm_train": (_c_void_p, [ctypes.POINTER(Training)]),
    "deepfm_model_open": (_c_void_p, [_c_char_p, _c_char_p]),
    "deepfm_model_read": (_c_void_p, [_c_char_p, _size_t, _c_char_p]),
    "deepfm_model_write": (ctypes.c_int32, [_c_void_p, _c_char_p]),
    "deepfm_model_write_run": (ctypes.c_int32, [_c_void_p, _c_char_p, ctypes.c_int32]),
    "deepfm_model_bytes": (_c_void_p, [_c_void_p, ctypes.c_int32, ctypes.POINTER(_size_t)]),
    "deepfm_model_describe": (_c_void_p, [_c_void_p]),
    "deepfm_model_predict": (_c_void_p, [_c_void_p, _c_void_p, ctypes.POINTER(_size_t)]),
    "deepfm_model_evaluate": (_c_void_p, [_c_void_p, _c_void_p]),
}

_OTHERS: dict[str, tuple[Any, list[Any]]] = {
    "deepfm_version": (_c_char_p, []),
    "deepfm_free": (None, [_c_void_p]),
    "deepfm_error_kind": (ctypes.c_int32, [_c_void_p]),
    "deepfm_error_message": (_c_char_p, [_c_void_p]),
    "deepfm_error_free": (None, [_c_void_p]),
    "deepfm_log_rows": (ctypes.c_int64, [_c_void_p]),
    "deepfm_log_free": (None, [_c_void_p]),
    "deepfm_cancellation_new": (_c_void_p, []),
    "deepfm_cancellation_cancel": (None, [_c_void_p]),
    "deepfm_cancellation_free": (None, [_c_void_p]),
    "deepfm_model_free": (None, [_c_void_p]),
}


# The library's own place is beside this file; DEEPFM_LIBRARY names another, for work on the library itself.
PATH = os.environ.get("DEEPFM_LIBRARY") or str(Path(__file__).parent / "lib" / "libdeepfm.so")


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL(PATH)
    for name, (result, parameters) in _OTHERS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, parameters
    for name, (result, parameters) in _FALLIBLE.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, [*parameters, _error_p]
    return library


_library = _load()


def plain(name: str, *arguments: Any) -> Any:
    """Calls a function that does not fail. The GIL is released meanwhile, as in every call here."""
    return getattr(_library, name)(*arguments)


def call(name: str, *arguments: Any) -> Any:
    """Calls a function that may fail, and raises what it says."""
    error = ctypes.c_void_p()
    result = getattr(_library, name)(*arguments, ctypes.byref(error))
    if error.value:
        kind = plain("deepfm_error_kind", error)
        message = plain("deepfm_error_message", error).decode()
        plain("deepfm_error_free", error)
        raise _ERRORS.get(kind, DeepFMError)(message)
    return result


def json_of(address: int) -> Any:
    """What a text of the library says, which is freed."""
    try:
        return json.loads(ctypes.string_at(address))
    finally:
        plain("deepfm_free", address)


def version() -> str:
    """The version of the library: that of the command whose models it shares."""
    return plain("deepfm_version").decode()


class Handle:
    """An object of the library, freed with this one."""

    _free = ""

    def __init__(self, address: int) -> None:
        self.address: int | None = address

    def close(self) -> None:
        address, self.address = self.address, None
        if address:
            plain(self._free, address)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        try:
            self.close()
        except Exception:  # The interpreter is going.
            pass


class CancellationHandle(Handle):
    _free = "deepfm_cancellation_free"

    def __init__(self) -> None:
        super().__init__(plain("deepfm_cancellation_new"))

    def cancel(self) -> None:
        plain("deepfm_cancellation_cancel", self.address)


class LogHandle(Handle):
    _free = "deepfm_log_free"

    @property
    def rows(self) -> int | None:
        """The number of rows; None where it is not known before they are read."""
        rows = plain("deepfm_log_rows", self.address)
        return None if rows < 0 else rows

    @property
    def columns(self) -> list[dict[str, str]] | None:
        """Of each column name and kind; None for files."""
        return json_of(call("deepfm_log_columns_json", self.address))


class ModelHandle(Handle):
    _free = "deepfm_model_free"
