"""Whatever rows come as, as a log of the library."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from ._arrow import ArrowArrayStream, Stream
from ._library import LogHandle, call

PATHS = (str, os.PathLike)


class Log:
    """A log of the library with the objects that its columns belong to."""

    def __init__(self, handle: LogHandle, owners: list[Any]) -> None:
        self.handle, self.owners = handle, owners

    @property
    def rows(self) -> int | None:
        return self.handle.rows

    def close(self) -> None:
        self.handle.close()
        self.owners = []

    def __enter__(self) -> Log:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def is_path(data: Any) -> bool:
    return isinstance(data, PATHS)


def open_log(data: Any, name: str, beside: Mapping[str, np.ndarray] | None = None) -> Log:
    """A log of rows in any of the forms that :class:`deepfm.DeepFM` takes.

    :param data: the rows.
    :param name: what errors call them.
    :param beside: further columns of the same rows, for instance clicks.
    """
    if is_path(data):
        if beside:
            raise ValueError(
                f"found the path {os.fspath(data)!r} with clicks or weights beside it, "
                "expected them in the log; name their columns in a schema"
            )
        return Log(LogHandle(call("deepfm_log_open", os.fsencode(data))), [])
    data = tabular(data)
    streams = [Stream.of_columns(data) if isinstance(data, dict) else Stream.of(data)]
    if beside:
        streams.append(Stream.of_columns(dict(beside)))
    pointers = (ctypes.POINTER(ArrowArrayStream) * len(streams))(*(stream.pointer for stream in streams))
    handle = LogHandle(call("deepfm_log_columns", name.encode(), pointers, len(streams)))
    return Log(handle, streams)


def tabular(data: Any) -> Any:
    """A dict of NumPy arrays, or an object with a stream, of rows in any other form but a path."""
    if type(data).__module__.startswith("scipy.") or hasattr(data, "tocsr"):
        raise TypeError(
            "Sparse data was passed for X, but columns of values are expected: "
            "a model has a vocabulary for each column. Use toarray(), or give each field as a column."
        )
    if isinstance(data, Mapping):
        return {
            str(name): np.ma.asarray(values) if np.ma.isMaskedArray(values) else np.asarray(values)
            for name, values in data.items()
        }
    module = type(data).__module__.split(".")[0]
    if module == "pandas":
        return _pandas(data)
    if module == "polars" and hasattr(data, "collect"):
        return data.collect()
    if hasattr(data, "__arrow_c_stream__"):
        return data
    if module == "pyarrow" and hasattr(data, "scanner"):
        return data.scanner().to_reader()
    if hasattr(data, "__arrow_c_array__"):
        import pyarrow

        return pyarrow.Table.from_batches([pyarrow.record_batch(data)])
    if isinstance(data, Iterator):
        return _joined(data)
    return _array(data)


def _array(data: Any) -> dict[str, np.ndarray]:
    """The columns of a matrix, called x0, x1 and so on as scikit-learn calls them."""
    data = np.asarray(data)
    if data.ndim != 2:
        raise ValueError(
            f"Expected 2D array, got {'scalar' if data.ndim == 0 else f'{data.ndim}D'} array instead. "
            "Reshape your data either using array.reshape(-1, 1) if your data has a single feature "
            "or array.reshape(1, -1) if it contains a single sample."
        )
    if 0 in data.shape:
        what = "sample(s)" if data.shape[0] == 0 else "feature(s)"
        raise ValueError(f"Found array with 0 {what} (shape={data.shape}) while a minimum of 1 is required.")
    if data.dtype.kind == "c":
        raise ValueError("Complex data not supported: found complex numbers, expected real ones or text")
    return {f"x{column}": data[:, column] for column in range(data.shape[1])}


def _pandas(data: Any) -> Any:
    if not hasattr(data, "columns"):
        raise ValueError("found a Series, expected a DataFrame; Reshape your data: series.to_frame()")
    try:
        import pyarrow
    except ImportError:
        return {str(name): _pandas_column(data[name]) for name in data.columns}
    try:
        table = pyarrow.Table.from_pandas(data, preserve_index=False)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError):
        # Columns of objects of more than one type: as text.
        return {str(name): _pandas_column(data[name]) for name in data.columns}
    return table.rename_columns([str(name) for name in data.columns])


def _pandas_column(series: Any) -> np.ndarray:
    if series.dtype.kind in "iufbM" and isinstance(series.dtype, np.dtype):
        return series.to_numpy()
    return series.astype(object).to_numpy()


def _joined(batches: Iterable[Any]) -> Any:
    """The rows of several batches, one after the other."""
    tables = [tabular(batch) for batch in batches]
    if not tables:
        raise ValueError("found an iterator without batches, expected at least one")
    if all(isinstance(table, dict) for table in tables):
        names = list(tables[0])
        for number, table in enumerate(tables):
            if list(table) != names:
                raise ValueError(
                    f"batch {number}: found columns {list(table)}, expected {names} as in the first one"
                )
        return {name: np.concatenate([table[name] for table in tables]) for name in names}
    if all(type(table).__module__.startswith("polars.") for table in tables):
        import polars

        return polars.concat(tables)
    try:
        import pyarrow
    except ImportError:
        raise ImportError(
            "an iterator of tables needs pyarrow, which joins them: pip install pyarrow"
        ) from None
    return pyarrow.concat_tables([pyarrow.table(table) for table in tables])


def column_names(data: Any) -> list[str] | None:
    """The columns' names, None where only the log itself knows them."""
    if is_path(data):
        return None
    if isinstance(data, Mapping):
        return [str(name) for name in data]
    for attribute in ("columns", "column_names"):
        names = getattr(data, attribute, None)
        if names is not None and not callable(names) and all(isinstance(name, (str, int)) for name in names):
            return [str(name) for name in names]
    names = getattr(getattr(data, "schema", None), "names", None)
    return None if names is None or callable(names) else list(names)
