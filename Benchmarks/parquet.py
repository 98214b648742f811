#!/usr/bin/env python3
"""parquet.py DEEPFM [--rows N] [--turns N] [--folder F]: the same rows, in Criteo's shape, as CSV and as
Parquet by PyArrow's defaults (snappy, dictionaries); `deepfm encode` of both in turns: CPU seconds, memory,
ratios. The encoded rows must be the same byte for byte. Needs pyarrow.
"""

import argparse
import hashlib
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

# How many values the categories of Criteo's log have in some millions of rows, roughly.
VALUES = [1_400, 550, 2_000_000, 700_000, 300, 20, 12_000, 600, 3, 80_000, 5_500, 1_500_000, 3_200, 27,
          13_000, 1_000_000, 10, 5_000, 2_100, 4, 1_300_000, 17, 15, 200_000, 100, 100_000]


def slices(rows, size=1 << 20):
    """The rows, a million at a time: skewed values, a tenth of each column missing."""
    chance = np.random.default_rng(20261129)
    names = [pa.array([f"{word:08x}" for word in chance.integers(0, 1 << 32, count)]) for count in VALUES]
    for start in range(0, rows, size):
        count = min(size, rows - start)
        columns = {"label": pa.array((chance.random(count) < 0.26).astype(np.int32))}

        def missing(count=count):
            return chance.random(count) < 0.1
        for number in range(13):
            columns[f"I{number + 1}"] = pa.array(
                np.floor(chance.lognormal(1 + number % 4, 1.5, count)).astype(np.int32), mask=missing())
        for number, values in enumerate(VALUES):
            place = np.floor(values * chance.random(count) ** 4).astype(np.int32)
            columns[f"C{number + 1}"] = names[number].take(pa.array(place, mask=missing()))
        yield pa.table(columns)


def make(folder, rows):
    """Both files; returns their sizes."""
    paths = folder / "log.csv", folder / "log.parquet"
    text = parquet = None
    options = pyarrow.csv.WriteOptions(quoting_style="none", quoting_header="none")
    for table in slices(rows):
        text = text or pyarrow.csv.CSVWriter(paths[0], table.schema, write_options=options)
        parquet = parquet or pyarrow.parquet.ParquetWriter(paths[1], table.schema)
        text.write_table(table)
        parquet.write_table(table)
    text.close()
    parquet.close()
    return paths


def encode(deepfm, log, schema, out):
    """Encodes a log; returns CPU seconds and the peak of memory in MiB."""
    process = subprocess.Popen([deepfm, "encode", log, "--schema", schema, "--out", out],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"encode failed for {log}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def content(folder):
    """A hash of all ids and labels in their order, wherever shards end."""
    ids, labels = hashlib.sha256(), hashlib.sha256()
    for path in sorted(folder.rglob("*.shard")):
        shard = path.read_bytes()
        slots, rows = struct.unpack_from("<IQ", shard, 12)
        for digest, section, size in [(ids, 0, 4 * slots), (labels, 2, 4)]:
            start = struct.unpack_from("<Q", shard, 40 + 16 * section)[0]
            digest.update(shard[start:start + rows * size])
    return ids.hexdigest() + labels.hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("deepfm")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--folder", default="/var/tmp")
    parser.add_argument("--keep", help="take or leave the logs here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        kept = Path(given.keep) if given.keep else folder
        paths = kept / "log.csv", kept / "log.parquet"
        if not all(path.exists() for path in paths):
            kept.mkdir(exist_ok=True)
            make(kept, given.rows)
        schema = folder / "schema.yaml"
        schema.write_text(
            "label: label\nmin_count: 10\nfields:\n"
            + "".join(f"  - {{name: I{number + 1}, kind: numeric, encoding: log-bucket}}\n"
                      for number in range(13))
            + "".join(f"  - {{name: C{number + 1}, kind: categorical}}\n" for number in range(26)))
        seconds, memory, found = ([], []), ([], []), set()
        for _ in range(given.turns):
            for index, path in enumerate(paths):
                out = folder / "encoded"
                cpu, peak = encode(given.deepfm, path, schema, out)
                seconds[index].append(cpu)
                memory[index].append(peak)
                found.add(content(out))
                shutil.rmtree(out)
                print(f"{path.name}: {cpu:.2f} s, {peak:.0f} MiB", file=sys.stderr, flush=True)
        print(f"rows {given.rows}, encoded bytes {'the same' if len(found) == 1 else 'NOT the same'}")
        for index, path in enumerate(paths):
            print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB, "
                  f"CPU {statistics.median(seconds[index]):.2f} s "
                  f"({min(seconds[index]):.2f} to {max(seconds[index]):.2f}), {max(memory[index]):.0f} MiB")
        ratios = [parquet / text for text, parquet in zip(*seconds)]
        print(f"Parquet / CSV: {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")


if __name__ == "__main__":
    main()
