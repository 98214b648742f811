#!/usr/bin/env python3
"""properties.py DEEPFM [TABLES [SEED]]: random tables of random types, written by PyArrow, Polars and DuckDB
in all codecs, encodings and page sizes, as `deepfm rows` reads them, cell by cell beside what PyArrow reads.
"""

import datetime
import decimal
import json
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import polars
import pyarrow as pa
import pyarrow.parquet as pq
from cells import lines

EPOCH = datetime.date(1970, 1, 1)
ENCODINGS = {
    "bool": ["PLAIN", "RLE"], "int": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    "float": ["PLAIN", "BYTE_STREAM_SPLIT"], "fixed": ["PLAIN", "BYTE_STREAM_SPLIT", "DELTA_BYTE_ARRAY"],
    "bytes": ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"],
}
REALS = [0.0, -0.0, 1e300, -1e-300, math.inf, -math.inf, math.nan, 1 / 3, 2.0 ** 53, 0.1]


def word(chance):
    """A text: often one of a few, sometimes empty, long, or of any characters."""
    pick = chance.random()
    if pick < 0.5:
        return chance.choice(["", "a", "user", "ü", "12", "x,y", "\"q\"", "a|b", "line\nbreak"])
    if pick < 0.9:
        return "".join(chance.choices("abcdefgh 0123é", k=chance.randrange(20)))
    if pick < 0.97:
        return "".join(
            chr(chance.choice([chance.randrange(1, 0x250), chance.randrange(0x4E00, 0x4F00), 0x1F600]))
            for _ in range(chance.randrange(12)))
    return "prefix" * chance.randrange(40) + str(chance.randrange(100))


def whole(bits, signed):
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)

    def make(chance):
        if chance.random() < 0.3:
            return chance.choice([low, high, 0, 1, chance.randint(low, high)])
        return min(max(int(chance.gauss(20, 30)), low), high)
    return make


def scalar(chance):
    """A type, how to make a value of it, and its kind of encodings."""
    bits = chance.choice([8, 16, 32, 64])
    precision = chance.choice([3, 9, 12, 18, 25, 38])
    scale = chance.randrange(min(precision, 10))
    width = chance.choice([1, 3, 16])
    return chance.choice([
        lambda: (pa.bool_(), lambda c: c.random() < 0.5, "bool"),
        lambda: (getattr(pa, f"int{bits}")(), whole(bits, True), "int"),
        lambda: (getattr(pa, f"uint{bits}")(), whole(bits, False), "int"),
        lambda: (pa.float64(), lambda c: c.choice(REALS) if c.random() < 0.3 else c.gauss(0, 100), "float"),
        lambda: (pa.float32(), lambda c: float(np.float32(c.gauss(0, 1000))), "float"),
        lambda: (pa.float16(), lambda c: np.float16(c.gauss(0, 10)), "fixed"),
        lambda: (pa.string(), word, "bytes"),
        lambda: (pa.large_string(), word, "bytes"),
        lambda: (pa.string(), lambda c: c.choice("abc"), "bytes"),
        lambda: (pa.binary(), lambda c: c.randbytes(c.randrange(6)), "bytes"),
        lambda: (pa.binary(width), lambda c: c.randbytes(width), "fixed"),
        lambda: (pa.date32(), lambda c: EPOCH + datetime.timedelta(c.randrange(-200_000, 200_000)), "int"),
        lambda: (pa.timestamp(chance.choice(["s", "ms", "us"]), chance.choice([None, "UTC"])),
                 lambda c: c.randrange(-9 * 10 ** 9, 9 * 10 ** 9), "int"),
        lambda: (pa.time64("us"), lambda c: c.randrange(86_400 * 10 ** 6), "int"),
        lambda: (pa.time32("ms"), lambda c: c.randrange(86_400 * 1000), "int"),
        lambda: (pa.decimal128(precision, scale), lambda c: decimal.Decimal(
            c.randint(-(10 ** precision) + 1, 10 ** precision - 1)).scaleb(
                -scale, decimal.Context(prec=60)), "fixed"),
        lambda: (pa.dictionary(pa.int32(), pa.string()), word, "bytes"),
    ])()


def column(chance):
    """A type, how to make a value, and the encodings where it is flat."""
    kind, make, encodings = scalar(chance)
    missing = chance.choice([0, 0.1, 0.9, 1])

    def maybe(c):
        return None if c.random() < missing else make(c)

    pick = chance.random()
    if pick < 0.7:
        return kind, maybe, encodings
    if pa.types.is_dictionary(kind):
        kind = pa.string()
    if pick < 0.85:
        longest = chance.choice([1, 3, 40])
        return pa.list_(kind), lambda c: None if c.random() < missing / 2 else \
            [maybe(c) for _ in range(c.randrange(longest + 1))], None
    if pick < 0.93:
        other, make_other, _ = scalar(chance)
        if pa.types.is_dictionary(other):
            other = pa.string()
        return pa.struct([("a", kind), ("b", other)]), lambda c: None if c.random() < missing / 2 else \
            {"a": maybe(c), "b": make_other(c)}, None
    if pick < 0.97:
        return pa.list_(pa.struct([("x", kind)])), \
            lambda c: [{"x": maybe(c)} for _ in range(c.randrange(4))], None
    return pa.map_(pa.string(), kind), lambda c: [(f"k{i}", maybe(c)) for i in range(c.randrange(4))], None


def write(path, chance):
    """A random table in a file."""
    rows = chance.choice([0, 1, 7, 60, 300, 1000])
    columns = [column(chance) for _ in range(chance.randrange(1, 6))]
    arrays, fields, encodings = [], [], {}
    for index, (kind, make, encoding) in enumerate(columns):
        values = [make(chance) for _ in range(rows)]
        arrays.append(pa.array(values, kind) if not pa.types.is_dictionary(kind)
                      else pa.array(values, pa.string()).dictionary_encode())
        nullable = any(value is None for value in values) or chance.random() < 0.5
        fields.append(pa.field(f"c{index}", arrays[-1].type, nullable=nullable))
        if encoding and not pa.types.is_dictionary(kind):
            encodings[f"c{index}"] = chance.choice(ENCODINGS[encoding])
    table = pa.table(arrays, schema=pa.schema(fields))
    writer = chance.random()
    nested = any(pa.types.is_map(kind) or pa.types.is_float16(kind) or pa.types.is_fixed_size_binary(kind)
                 or pa.types.is_decimal(kind) or pa.types.is_time32(kind) for kind in table.schema.types)
    if writer < 0.08 and not nested and rows:
        polars.from_arrow(table).write_parquet(
            path, compression=chance.choice(["snappy", "zstd", "lz4", "gzip", "brotli", "uncompressed"]),
            row_group_size=chance.choice([None, 50]), data_page_size=chance.choice([None, 200]))
        return
    if writer < 0.16 and not nested and rows:
        duckdb.register("made", table)
        codec = chance.choice(["snappy", "zstd", "gzip", "lz4_raw", "brotli", "uncompressed"])
        duckdb.sql(f"COPY made TO '{path}' (FORMAT parquet, PARQUET_VERSION {chance.choice(['v1', 'v2'])}, "
                   f"COMPRESSION {codec}, ROW_GROUP_SIZE {chance.choice([2048, 122880])})")
        return
    plain = chance.random() < 0.5 and len(encodings) == len(columns)
    pq.write_table(
        table, path, compression=chance.choice(["none", "snappy", "gzip", "brotli", "zstd", "lz4"]),
        row_group_size=chance.choice([1, 17, 200, 5000]),
        data_page_size=chance.choice([1, 50, 1000, 1 << 20]),
        write_batch_size=chance.choice([1, 5, 1024]), data_page_version=chance.choice(["1.0", "2.0"]),
        use_dictionary=not plain, column_encoding=encodings if plain else None,
        dictionary_pagesize_limit=chance.choice([20, 1 << 20]), store_schema=chance.random() < 0.5,
        use_deprecated_int96_timestamps=chance.random() < 0.2, write_page_checksum=chance.random() < 0.2,
        use_compliant_nested_type=chance.random() < 0.8, version=chance.choice(["2.4", "2.6"]))


def same(ours, theirs):
    """Whether two cells are the same: numbers may be written in two ways."""
    if ours == theirs:
        return True
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    try:
        return float(ours) == float(theirs)
    except (TypeError, ValueError):
        return False


def main():
    deepfm, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 300
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    cells = refused = 0
    with tempfile.TemporaryDirectory() as folder:
        for start in range(seed, seed + count, 100):
            paths, expected = [], []
            for number in range(start, min(start + 100, seed + count)):
                path = Path(folder) / f"{number:06}.parquet"
                try:
                    write(path, random.Random(number))
                    found = pq.read_table(path)
                    if found.num_rows != pq.read_metadata(path).num_rows:
                        raise OSError("rows of lists that PyArrow loses")
                    table = list(lines(found))
                except (pa.ArrowException, OSError, duckdb.Error, polars.exceptions.PolarsError):
                    # Encodings that a writer does not have, and files that PyArrow cannot read itself.
                    refused += 1
                    continue
                paths.append(path)
                expected.append(table)
            found = subprocess.run([deepfm, "rows", "--limit", "0", *paths], capture_output=True, text=True)
            if found.returncode != 0:
                sys.exit(f"tables {start} to {start + 99}: {found.stderr}")
            rows = iter(found.stdout.split("\n"))
            for path, table in zip(paths, expected):
                for row, line in enumerate(table):
                    ours, theirs = json.loads(next(rows)), json.loads(line)
                    if list(ours) != list(theirs):
                        sys.exit(f"table {path.stem}, row {row}: columns {list(ours)}, "
                                 f"expected {list(theirs)}")
                    for name, cell in ours.items():
                        cells += 1
                        if not same(cell, theirs[name]):
                            sys.exit(f"table {path.stem}, row {row}, column {name}: {cell!r}, "
                                     f"expected {theirs[name]!r}")
                path.unlink()
            if any(rows):
                sys.exit(f"tables {start} to {start + 99}: more rows than there are")
    if refused > count / 10:
        sys.exit(f"PyArrow refused {refused} tables of {count}")
    print(f"{count - refused} tables, {cells} cells as PyArrow reads them")


if __name__ == "__main__":
    main()
