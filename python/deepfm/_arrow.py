"""The Arrow C stream interface from Python: streams of other libraries, and of NumPy arrays.

A stream is taken from whatever has ``__arrow_c_stream__``, as polars' and pandas' frames and pyarrow's tables
and readers do. NumPy's arrays become one here, without pyarrow: numbers stay where they are, text is written
once. Definitions: https://arrow.apache.org/docs/format/CStreamInterface.html
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np


class ArrowSchema(ctypes.Structure):
    """struct ArrowSchema."""


class ArrowArray(ctypes.Structure):
    """struct ArrowArray."""


class ArrowArrayStream(ctypes.Structure):
    """struct ArrowArrayStream."""


_release_schema = ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowSchema))
_release_array = ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowArray))
_release_stream = ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowArrayStream))
_get_schema = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ArrowArrayStream), ctypes.POINTER(ArrowSchema))
_get_next = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ArrowArrayStream), ctypes.POINTER(ArrowArray))
_get_last_error = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.POINTER(ArrowArrayStream))

ArrowSchema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(ArrowSchema))),
    ("dictionary", ctypes.POINTER(ArrowSchema)),
    ("release", _release_schema),
    ("private_data", ctypes.c_void_p),
]
ArrowArray._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(ArrowArray))),
    ("dictionary", ctypes.POINTER(ArrowArray)),
    ("release", _release_array),
    ("private_data", ctypes.c_void_p),
]
ArrowArrayStream._fields_ = [
    ("get_schema", _get_schema),
    ("get_next", _get_next),
    ("get_last_error", _get_last_error),
    ("release", _release_stream),
    ("private_data", ctypes.c_void_p),
]

_NAME = b"arrow_array_stream"
_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = ctypes.c_void_p
_capsule_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


class Stream:
    """A stream with all that keeps it alive."""

    def __init__(self, owner: Any, pointer: Any) -> None:
        self.owner, self.pointer = owner, pointer

    @classmethod
    def of(cls, data: Any) -> Stream:
        """The stream of an object that has one."""
        capsule = data.__arrow_c_stream__()
        address = _capsule_pointer(capsule, _NAME)
        return cls((data, capsule), ctypes.cast(address, ctypes.POINTER(ArrowArrayStream)))

    @classmethod
    def of_columns(cls, columns: dict[str, np.ndarray]) -> Stream:
        """A stream of NumPy's arrays, each of one dimension and all as long."""
        source = _Columns(columns)
        return cls(source, ctypes.pointer(source.stream))


# Bytes a value, whether it is signed, and the format for it.
_FORMATS = {
    "i1": b"c",
    "u1": b"C",
    "i2": b"s",
    "u2": b"S",
    "i4": b"i",
    "u4": b"I",
    "i8": b"l",
    "u8": b"L",
    "f2": b"e",
    "f4": b"f",
    "f8": b"g",
}


class _Buffers:
    """One array's format and buffers: whether values are there, the values, and of text its bytes."""

    def __init__(self, values: np.ndarray) -> None:
        if values.ndim != 1:
            raise ValueError(f"found an array of {values.ndim} dimensions, expected one value a row")
        mask = None
        if isinstance(values, np.ma.MaskedArray):
            mask = np.ma.getmaskarray(values)
            values = values.filled(values.dtype.type(0)) if values.dtype.kind in "iufb" else values.data
        kind = values.dtype.kind
        if kind == "b":
            values, kind = values.astype(np.uint8), "u"
        if kind == "M":
            self._times(values)
        elif kind in "iuf" and values.dtype.itemsize <= 8:
            native = values.dtype.newbyteorder("=")
            self._plain(_FORMATS[f"{kind}{values.dtype.itemsize}"], np.ascontiguousarray(values, native))
        elif kind in "OUSTV":
            mask = self._text(values, mask)
        else:
            raise TypeError(
                f"found an array of {values.dtype}, expected numbers, text, times or truth values"
            )
        if mask is not None and mask.any():
            self.arrays[0] = np.packbits(~mask, bitorder="little")

    def _plain(self, layout: bytes, values: np.ndarray) -> None:
        self.format, self.arrays = layout, [None, values]

    def _times(self, values: np.ndarray) -> None:
        unit = np.datetime_data(values.dtype)[0]
        if unit not in ("s", "ms", "us", "ns"):
            values = values.astype("datetime64[s]")
            unit = "s"
        self._plain(
            {"s": b"tss:", "ms": b"tsm:", "us": b"tsu:", "ns": b"tsn:"}[unit],
            np.ascontiguousarray(values).view(np.int64),
        )
        missing = np.isnat(values)
        if missing.any():
            self.arrays[0] = np.packbits(~missing, bitorder="little")

    def _text(self, values: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
        """Writes text, and returns which values are missing: None, NaN and what is masked."""
        items = values.tolist()
        missing = np.fromiter((_is_missing(item) for item in items), bool, len(items))
        if mask is not None:
            missing |= mask
        texts = [b"" if gone else _bytes(item) for item, gone in zip(items, missing)]
        offsets = np.zeros(len(items) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, texts), np.int64, len(items)), out=offsets[1:])
        data = np.frombuffer(b"".join(texts) or b"\0", np.uint8)
        self.format, self.arrays = b"U", [None, offsets, data]
        return missing


def _is_missing(item: Any) -> bool:
    return item is None or item != item or type(item).__name__ in ("NAType", "NaTType")


def _bytes(item: Any) -> bytes:
    if isinstance(item, str):
        return item.encode()
    if isinstance(item, bytes):
        return item
    if isinstance(item, bool):
        return b"1" if item else b"0"
    if isinstance(item, (int, float, np.generic)):
        return str(item).encode()
    if isinstance(item, (list, tuple, np.ndarray, dict, set)):
        raise TypeError(
            f"found a {type(item).__name__} among values, expected one value a row; "
            "give lists as a column of polars or pyarrow"
        )
    return str(item).encode()


class _Columns:
    """NumPy's arrays as a stream of one array of structures."""

    def __init__(self, columns: dict[str, np.ndarray]) -> None:
        lengths = {len(values) for values in columns.values()}
        if len(lengths) > 1:
            raise ValueError(
                f"found columns of {', '.join(map(str, sorted(lengths)))} rows, expected as many in each"
            )
        self.rows = lengths.pop() if lengths else 0
        self.names = [str(name).encode() for name in columns]
        self.buffers = []
        for name, values in columns.items():
            try:
                self.buffers.append(_Buffers(values))
            except (TypeError, ValueError) as problem:
                kind = TypeError if isinstance(problem, TypeError) else ValueError
                raise kind(f'column "{name}": {problem}') from None
        self.is_read = False
        # The library calls these from whichever thread reads the stream; ctypes takes the GIL for it.
        self.stream = ArrowArrayStream(
            _get_schema(self._schema),
            _get_next(self._next),
            _get_last_error(lambda _: None),
            _release_stream(self._released),
            None,
        )
        self.kept: list[Any] = []

    @staticmethod
    def _released(stream: Any) -> None:
        stream.contents.release = _release_stream()

    def _schema(self, _: Any, out: Any) -> int:
        count = len(self.names)
        children = [
            ArrowSchema(buffers.format, name, None, 2, 0, None, None, _drop_schema, None)
            for name, buffers in zip(self.names, self.buffers)
        ]
        pointers = (ctypes.POINTER(ArrowSchema) * max(count, 1))(*map(ctypes.pointer, children))
        self.kept += [children, pointers]
        root = out.contents
        root.format, root.name, root.metadata, root.flags = b"+s", b"", None, 0
        root.n_children, root.children = count, pointers
        root.dictionary, root.release, root.private_data = None, _drop_schema, None
        return 0

    def _next(self, _: Any, out: Any) -> int:
        root = out.contents
        if self.is_read or self.rows == 0:
            root.release = _release_array()
            return 0
        self.is_read = True
        children = []
        for buffers in self.buffers:
            addresses = (ctypes.c_void_p * len(buffers.arrays))(
                *(None if array is None else array.ctypes.data for array in buffers.arrays)
            )
            self.kept.append(addresses)
            children.append(
                ArrowArray(self.rows, -1, 0, len(buffers.arrays), 0, addresses, None, None, _drop_array, None)
            )
        pointers = (ctypes.POINTER(ArrowArray) * max(len(children), 1))(*map(ctypes.pointer, children))
        none = (ctypes.c_void_p * 1)(None)
        self.kept += [children, pointers, none]
        root.length, root.null_count, root.offset = self.rows, 0, 0
        root.n_buffers, root.n_children, root.buffers, root.children = 1, len(children), none, pointers
        root.dictionary, root.release, root.private_data = None, _drop_array, None
        return 0


# Whoever takes a log keeps what its columns are made of, see Log: there is nothing to do when they are
# released.
@_release_schema
def _drop_schema(schema: Any) -> None:
    schema.contents.release = _release_schema()


@_release_array
def _drop_array(array: Any) -> None:
    array.contents.release = _release_array()
