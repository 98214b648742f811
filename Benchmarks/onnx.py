#!/usr/bin/env python3
"""onnx.py DEEPFM WORK --log NAME TRAIN TEST SCHEMA [--log …] [--models M…]: exported models beside our own.

Each model is trained for one epoch on the first 60,000 rows of TRAIN (plain or gzip), exported in both
forms, checked by `deepfm export --verify` on the first 20,000 rows of TEST, and then timed on one core:

ids   encoded rows to probabilities: onnxruntime with the file of --inputs ids, and `deepfm bench predict`,
      for requests of 1, 100 and 2,000 rows, medians of two seconds each
raw   values to probabilities: onnxruntime with columns of texts and numbers in memory, requests of 2,000
      rows; and `deepfm predict` of a file, which it reads as well: the test log five times over less once

A table goes to standard output, as Markdown; rates are rows a second. Needs onnx and onnxruntime.
"""

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy
import onnxruntime

SIZES = [1, 100, 2000]
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
ONE = {**os.environ, "POCL_MAX_PTHREAD_COUNT": "1"}


def head(source, target, rows, header):
    """The first rows of a log."""
    with (gzip.open if str(source).endswith(".gz") else open)(source, "rt") as log, open(target, "w") as file:
        for number, line in enumerate(log):
            if number == rows + header:
                break
            file.write(line)


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def rate(run, given, rows):
    """Rows a second: the median over two seconds."""
    times, end = [], time.perf_counter() + 2
    while time.perf_counter() < end:
        start = time.perf_counter()
        run.run(None, given)
        times.append(time.perf_counter() - start)
    return rows / statistics.median(times)


def ids_of(run, rows, random):
    """Random ids of the fields' own: what the table has for them does not matter to the time."""
    given = {}
    for entry in run.get_inputs():
        shape = [rows, entry.shape[1]]
        given[entry.name] = (random.integers(0, 1000, shape, dtype=numpy.int32) if entry.name == "ids"
                             else numpy.ones(shape, dtype=numpy.float32))
    return given


def raw_of(run, deepfm, log, rows):
    """Rows of a log as onnxruntime wants them, by `deepfm rows`."""
    text = subprocess.run([deepfm, "rows", log, "--limit", str(rows)], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True).stdout
    table = [json.loads(line) for line in text.splitlines()]
    given = {}
    for entry in run.get_inputs():
        values = [row.get(entry.name) for row in table]
        if entry.type != "tensor(string)":
            given[entry.name] = numpy.array([float(value or "nan") for value in values])
        elif len(entry.shape) == 1:
            given[entry.name] = numpy.array([value or "" for value in values], dtype=object)
        else:
            slots = entry.shape[1]
            lists = [(value.split("|") if isinstance(value, str) else value or [])[:slots]
                     for value in values]
            given[entry.name] = numpy.array(
                [items + [""] * (slots - len(items)) for items in lists], dtype=object)
    return given


def seconds(words):
    start = time.perf_counter()
    subprocess.run(["taskset", "-c", "0", *words], check=True, env=ONE, **QUIET)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("deepfm")
    parser.add_argument("work", type=Path)
    parser.add_argument("--log", action="append", nargs=4, metavar=("NAME", "TRAIN", "TEST", "SCHEMA"))
    parser.add_argument("--models", nargs="+")
    given = parser.parse_args()
    deepfm, work = given.deepfm, given.work
    os.sched_setaffinity(0, {0})
    models = given.models or [
        line.split()[0] for line in subprocess.run([deepfm, "models"], check=True, stdout=subprocess.PIPE,
                                                   text=True).stdout.splitlines()[2:]]
    work.mkdir(exist_ok=True)
    random = numpy.random.default_rng(1)
    sizes = "".join(f" ids, {size}: onnxruntime | deepfm |" for size in SIZES)
    print(f"| log | model | raw file | ids file | largest difference |{sizes} raw: onnxruntime "
          "| deepfm, with reading |")
    print("|---" * (7 + 2 * len(SIZES)) + "|")
    for name, train, test, schema in given.log:
        header = 0 if "libsvm" in train else 1
        # The format is told by the ending.
        ending = Path(train.removesuffix(".gz")).suffix
        logs = {part: work / f"{name}-{part}{ending}" for part in ["train", "test", "long"]}
        head(train, logs["train"], 60_000, header)
        head(test, logs["test"], 20_000, header)
        lines = logs["test"].read_text().splitlines(keepends=True)
        logs["long"].write_text("".join(lines[:header] + lines[header:] * 5))
        data = work / f"{name}-data"
        subprocess.run([deepfm, "encode", logs["train"], "--schema", schema, "--out", data, "--rebuild"],
                       check=True, **QUIET)
        for model in models:
            run = work / f"{name}-{model}"
            subprocess.run([deepfm, "train", "--train", logs["train"], "--schema", schema, "--model", model,
                            "--epochs", "1", "--out", run, "--overwrite"], check=True, **QUIET)
            differences = []
            for form in ["raw", "ids"]:
                said = subprocess.run(
                    [deepfm, "export", run, "--inputs", form, "--out", run / f"{form}.onnx", "--verify",
                     logs["test"], "--python", sys.executable],
                    check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
                differences.append(float(said.split("largest difference ")[1].split(",")[0]))
            text = subprocess.run(
                ["taskset", "-c", "0", deepfm, "bench", "predict", "--data", data, "--config",
                 run / "config.yaml", "--batches", "2000", "--requests", *map(str, SIZES), "--json",
                 "--rounds", "2"],
                check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=ONE).stdout
            lines_of_bench = [json.loads(line) for line in text.splitlines()]
            ours = {line["items"]: line["items"] / line["median"] for line in lines_of_bench
                    if "items" in line}
            by_ids, by_values = session(run / "ids.onnx"), session(run / "raw.onnx")
            cells = []
            for size in SIZES:
                theirs = rate(by_ids, ids_of(by_ids, size, random), size)
                cells.append(f"{theirs:,.0f} | {ours[size]:,.0f}")
            rows = raw_of(by_values, deepfm, logs["test"], 2000) if header else None
            theirs = rate(by_values, rows, 2000) if header else float("nan")
            words = [deepfm, "predict", run]
            spent = [seconds([*words, logs["long"]]) - seconds([*words, logs["test"]]) for _ in range(3)]
            cells.append(f"{theirs:,.0f} | {4 * (len(lines) - header) / statistics.median(spent):,.0f}")
            files = " | ".join(f"{(run / f'{form}.onnx').stat().st_size / 1e6:.2f} MB"
                               for form in ["raw", "ids"])
            print(f"| {name} | {model} | {files} | {max(differences):.1e} | {' | '.join(cells)} |",
                  flush=True)


if __name__ == "__main__":
    main()
