#!/usr/bin/env python3
"""make-samples.py FOLDER: writes the small Parquet files of Tests/FeaturesTests/Parquet, by PyArrow, Polars,
DuckDB and as Spark writes them (INT96, lists of three levels, old names of encodings), and beside them what
is in them, as `deepfm rows` prints it. Run it again only where a sample is to change.
"""

import datetime
import decimal
import json
import sys
from pathlib import Path

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
from cells import lines

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
rows = 40


def base():
    """A log with every kind of column; each third value is missing where some may be."""
    def some(values, every=3):
        return [None if row % every == 2 else value for row, value in enumerate(values)]

    moment = datetime.datetime(2026, 11, 28, 23, 59, 58, 250_000)
    return {
        "label": [row % 4 == 0 for row in range(rows)],
        "user": [f"u{row % 7}" for row in range(rows)],
        "item": some([f"item number {row * row % 31}, é" for row in range(rows)]),
        "count": some([row * row - 50 for row in range(rows)], 5),
        "price": some([row / 8 - 1 for row in range(rows)]),
        "tags": some([[f"t{row % 3}", f"t{row % 5}"][: row % 3] for row in range(rows)], 7),
        "amount": some([decimal.Decimal(row * 37 - 400).scaleb(-2) for row in range(rows)]),
        "day": [datetime.date(2026, 11, 28) - datetime.timedelta(days=row * 100) for row in range(rows)],
        "at": some([moment + datetime.timedelta(seconds=row * 61) for row in range(rows)], 4),
        "ctx": [{"site": f"s{row % 4}", "depth": row % 3} for row in range(rows)],
    }


schema = pa.schema([
    ("label", pa.bool_()), ("user", pa.string()), ("item", pa.string()), ("count", pa.int32()),
    ("price", pa.float64()), ("tags", pa.list_(pa.string())), ("amount", pa.decimal128(12, 2)),
    ("day", pa.date32()), ("at", pa.timestamp("us")),
    ("ctx", pa.struct([("site", pa.string()), ("depth", pa.int8())])),
])
table = pa.table(base(), schema=schema)


def told(name):
    """Writes what PyArrow reads of a file: the same of all, some without lists and structures."""
    found = pq.read_table(folder / name)
    expected = folder / ("rows.jsonl" if "tags" in found.column_names else "flat.jsonl")
    text = "".join(line + "\n" for line in lines(found))
    if expected.exists():
        assert expected.read_text() == text, name
    expected.write_text(text)


pq.write_table(table, folder / "pyarrow.parquet", row_group_size=16)
pq.write_table(table, folder / "pages.parquet", row_group_size=25, data_page_size=64, write_batch_size=4,
               dictionary_pagesize_limit=80, compression="zstd", data_page_version="2.0",
               write_page_checksum=True)
pq.write_table(table, folder / "spark.parquet", compression="snappy", version="1.0", data_page_version="1.0",
               use_deprecated_int96_timestamps=True, use_compliant_nested_type=False)
flat = table.drop_columns(["tags", "ctx"])
pq.write_table(flat, folder / "deltas.parquet", use_dictionary=False, compression="gzip", column_encoding={
    "user": "DELTA_BYTE_ARRAY", "item": "DELTA_LENGTH_BYTE_ARRAY", "count": "DELTA_BINARY_PACKED",
    "price": "BYTE_STREAM_SPLIT", "day": "DELTA_BINARY_PACKED", "at": "DELTA_BINARY_PACKED", "label": "RLE"})
pq.write_table(flat, folder / "brotli.parquet", compression="brotli")
pq.write_table(flat, folder / "lz4.parquet", compression="lz4")
polars.from_arrow(table).write_parquet(folder / "polars.parquet", row_group_size=20)
duckdb.register("rows", table)
duckdb.sql(f"COPY rows TO '{folder}/duckdb.parquet' (FORMAT parquet)")
duckdb.sql(f"COPY rows TO '{folder}/duckdb2.parquet' (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd)")
for file in sorted(folder.glob("*.parquet")):
    told(file.name)
print(json.dumps({file.name: file.stat().st_size for file in sorted(folder.iterdir())}))
