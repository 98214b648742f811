"""Columns in memory, cell by cell beside what PyArrow says they hold."""

import ctypes
import json
import os
import random

import deepfm
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from cells import lines
from deepfm._arrow import ArrowArrayStream, Stream, _get_next, _get_schema
from deepfm._library import LogHandle, call
from properties import same, scalar

TABLES = int(os.environ.get("ARROW_TABLES", "150"))


def column(chance):
    """A type with lists and structures of it, and how to make a value."""
    kind, make, _ = scalar(chance)
    missing = chance.choice([0, 0.1, 0.9, 1])

    def maybe(c):
        return None if c.random() < missing else make(c)

    pick = chance.random()
    if pick < 0.1 and pa.types.is_string(kind):
        return pa.string_view(), maybe
    if pick < 0.7:
        return kind, maybe
    if pa.types.is_dictionary(kind):
        kind = pa.string()
    if pick < 0.85:
        longest = chance.choice([1, 3, 40])
        listed = chance.choice([pa.list_, pa.large_list])
        return listed(
            kind
        ), lambda c: None if c.random() < missing / 2 else [maybe(c) for _ in range(c.randrange(longest + 1))]
    if pick < 0.9:
        return pa.list_(kind, 2), lambda c: None if c.random() < missing / 2 else [maybe(c), maybe(c)]
    return pa.struct(
        [("a", kind), ("b", pa.struct([("c", kind)]))]
    ), lambda c: None if c.random() < missing / 2 else {"a": maybe(c), "b": c.choice([None, {"c": maybe(c)}])}


def made(chance):
    """A random table in random pieces, of which some are slices."""
    count = chance.choice([1, 7, 60, 300, 1000])
    fields, arrays = [], []
    for index in range(chance.randrange(1, 6)):
        kind, make = column(chance)
        values = [make(chance) for _ in range(count)]
        chunks, start = [], 0
        while start < count:
            end = min(count, start + chance.choice([1, 13, 257, 2000]))
            before, behind = chance.randrange(9), chance.randrange(3)
            padded = values[:before] + values[start:end] + values[:behind]
            before = min(before, len(padded) - (end - start))
            plain = (
                pa.array(padded, pa.string()).dictionary_encode()
                if pa.types.is_dictionary(kind)
                else pa.array(padded, kind)
            )
            chunks.append(
                plain[before : before + end - start]
                if len(values) >= before
                else pa.array(values[start:end], kind)
            )
            start = end
        arrays.append(pa.chunked_array(chunks))
        fields.append(f"c{index}")
    return pa.table(arrays, names=fields)


@pytest.mark.parametrize("number", range(TABLES))
def test_a_random_table_is_read_as_pyarrow_reads_it(number):
    try:
        table = made(random.Random(number))
    except pa.ArrowException:
        pytest.skip("a value that PyArrow has no room for")
    comparable = pa.table(
        [
            column.cast(pa.string()) if pa.types.is_string_view(column.type) else column
            for column in table.columns
        ],
        names=table.column_names,
    )
    found, expected = deepfm.rows(table, limit=None), [json.loads(line) for line in lines(comparable)]
    assert len(found) == len(expected)
    for row, (ours, theirs) in enumerate(zip(found, expected)):
        assert list(ours) == list(theirs)
        for name in ours:
            assert same(ours[name], theirs[name]), f"row {row}, {name}: {ours[name]!r}, not {theirs[name]!r}"


def test_numbers_and_text_of_numpy_are_read_as_they_are():
    columns = {
        "int8": np.array([1, -2], np.int8),
        "uint64": np.array([2**64 - 1, 0], np.uint64),
        "float16": np.array([0.5, np.nan], np.float16),
        "big": np.array([1.5, 2], ">f8"),
        "bool": np.array([True, False]),
        "text": np.array(["ü", ""]),
        "bytes": np.array([b"a", b"b"]),
        "objects": np.array([None, 7], object),
        "day": np.array(["2026-11-29", "NaT"], "datetime64[D]"),
        "masked": np.ma.array([3, 4], mask=[False, True]),
        "strided": np.arange(8)[::4],
    }
    assert deepfm.rows(columns) == [
        {
            "int8": "1",
            "uint64": "18446744073709551615",
            "float16": "0.5",
            "big": "1.5",
            "bool": "1",
            "text": "ü",
            "bytes": "a",
            "objects": None,
            "day": "2026-11-29 00:00:00",
            "masked": "3",
            "strided": "0",
        },
        {
            "int8": "-2",
            "uint64": "0",
            "float16": None,
            "big": "2.0",
            "bool": "0",
            "text": None,
            "bytes": "b",
            "objects": "7",
            "day": None,
            "masked": None,
            "strided": "4",
        },
    ]


def test_polars_views_categories_and_lists_are_read_without_pyarrow():
    frame = pl.DataFrame(
        {
            "text": ["short", "longer than twelve bytes", None],
            "tags": [["a", "b"], [], None],
            "kind": pl.Series(["x", "y", "x"], dtype=pl.Categorical),
        }
    )
    expected = [
        {"text": "short", "tags": ["a", "b"], "kind": "x"},
        {"text": "longer than twelve bytes", "tags": None, "kind": "y"},
        {"text": None, "tags": None, "kind": "x"},
    ]
    assert deepfm.rows(frame) == expected
    assert deepfm.rows(frame[1:]) == expected[1:]


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.list_(pa.int8())),
        pa.map_(pa.string(), pa.int8()),
        pa.duration("s"),
        pa.month_day_nano_interval(),
        pa.list_(pa.struct([("x", pa.int8())])),
        pa.run_end_encoded(pa.int32(), pa.int8()),
    ],
)
def test_a_type_that_is_no_column_is_named(kind):
    with pytest.raises(deepfm.InputError, match='column "odd"|in column "odd"'):
        deepfm.rows(pa.schema([("odd", kind)]).empty_table())


def test_a_stream_that_fails_says_why():
    def batches():
        yield pa.record_batch({"a": [1]})
        raise OSError("the disk is gone")

    reader = pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), batches())
    with pytest.raises(deepfm.InputError, match="rows: found a stream that fails: .*the disk is gone"):
        deepfm.rows(reader)


def test_a_reader_is_read_to_its_end():
    reader = pa.table({"a": [1]}).to_reader()
    assert deepfm.rows(reader) == [{"a": "1"}]
    assert deepfm.rows(reader) == []


def test_columns_of_one_name_and_of_different_lengths_are_refused():
    with pytest.raises(deepfm.InputError, match='two columns called "a"'):
        deepfm.rows(pa.table([[1], [2]], names=["a", "a"]))
    with pytest.raises(ValueError, match="columns of 1, 2 rows"):
        deepfm.rows({"a": np.zeros(1), "b": np.zeros(2)})


def test_arrays_that_point_outside_are_refused():
    cases = {
        "index 5": pa.DictionaryArray.from_arrays(
            pa.array([0, 5], pa.int8()), pa.array(["a", "b"]), safe=False
        ),
        "offsets": pa.Array.from_buffers(
            pa.string(), 2, [None, pa.py_buffer(np.array([0, 3, 1], np.int32)), pa.py_buffer(b"abc")]
        ),
        "bytes at 90": pa.Array.from_buffers(
            pa.string_view(),
            1,
            [None, pa.py_buffer(np.array([20, 0, 0, 90], np.int32)), pa.py_buffer(b"x" * 40)],
        ),
    }
    for words, array in cases.items():
        with pytest.raises(deepfm.InputError, match=f'column "odd": found .*{words}'):
            deepfm.rows(pa.table([array], names=["odd"]))


def log_of(stream):
    return LogHandle(
        call("deepfm_log_columns", b"rows", (ctypes.POINTER(ArrowArrayStream) * 1)(stream.pointer), 1)
    )


def test_lists_and_rows_beyond_their_values_are_refused():
    for column, words in ((0, "a list that ends at value 3"), (1, "2 values, expected 3")):
        table = pa.table({"odd": [[1, 2, 3], [4, 5], [6, 7, 8, 9]], "short": [1, 2, 3]}).select(
            ["odd", "short"][column : column + 1]
        )
        stream = Stream.of(table)
        next_array = _get_next(ctypes.cast(stream.pointer.contents.get_next, ctypes.c_void_p).value)

        def shorten(own, out, next_array=next_array, column=column):
            code = next_array(own, out)
            if out.contents.n_children:
                child = out.contents.children[0].contents
                (child.children[0].contents if column == 0 else child).length = 2
            return code

        kept = _get_next(shorten)
        stream.pointer.contents.get_next = kept
        with pytest.raises(deepfm.InputError, match=words):
            with log_of(stream) as log:
                call("deepfm_log_head", log.address, 0)


def test_a_stream_without_functions_is_refused():
    stream = ArrowArrayStream()
    assert not stream.get_schema
    with pytest.raises(deepfm.InputError, match="a stream that is released"):
        log_of(Stream(None, ctypes.pointer(stream)))


def test_an_error_without_words_is_told_by_its_number():
    stream = Stream.of_columns({"a": np.zeros(1)})
    kept = _get_schema(lambda *_: 5)
    stream.pointer.contents.get_schema = kept
    with pytest.raises(deepfm.InputError, match="a stream that fails: error 5"):
        log_of(stream)
