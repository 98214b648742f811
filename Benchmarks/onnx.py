#!/usr/bin/env python3
"""onnx.py DEEPFM WORK --log NAME TRAIN TEST SCHEMA [--log …] [--models M…]: exported models beside our own.

Each model is trained for one epoch on the first 60,000 rows of TRAIN (plain or gzip), exported in both
forms, checked by `deepfm export --verify` on the first 20,000 rows of TEST, and then timed on one core:

ids   encoded rows to probabilities: onnxruntime with the file of --inputs ids, and `deepfm bench predict`,
      for requests of 1, 100 and 2,000 rows; half a second each in turns, five of them, medians
raw   values to probabilities: onnxruntime with columns of texts and numbers in memory, requests of 2,000
      rows; and `deepfm predict` of a file, which it reads as well: the test log five times over less once

A table goes to standard output, as Markdown; rates are rows a second of processor time, which other work
on the machine leaves nearly as it is. Needs onnx and onnxruntime.
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
TURNS = 5
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
    """Rows a second of onnxruntime's processor time, over half a second."""
    requests, start, end = 0, time.process_time(), time.perf_counter() + 0.5
    while not requests or time.perf_counter() < end:
        run.run(None, given)
        requests += 1
    return requests * rows / (time.process_time() - start)


class Requests:
    """`deepfm bench predict`, which measures requests of some rows for half a second whenever it is told."""

    def __init__(self, deepfm, data, settings, rows):
        self.rows = rows
        words = ["taskset", "-c", "0", deepfm, "bench", "predict", "--data", data, "--config", settings,
                 "--batches", str(rows), "--paced", "--latency", "--seconds", "0.5"]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, env=ONE)
        self.answer()

    def answer(self):
        return json.loads(self.process.stdout.readline())

    def rate(self):
        """Rows a second of processor time."""
        start = self.spent()
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return len(self.answer()["times"]) * self.rows / (self.spent() - start)

    def spent(self):
        """The seconds that all of its threads have run."""
        threads = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9

    def end(self):
        self.process.communicate()


def rates(run, given, own, rows):
    """Rows a second of onnxruntime and of ours, in turns."""
    rate(run, given, rows)
    turns = [(rate(run, given, rows), own.rate()) for _ in range(TURNS)]
    own.end()
    return [statistics.median(each) for each in zip(*turns)]


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
    """The processor time of a command."""
    process = subprocess.Popen(["taskset", "-c", "0", *words], env=ONE, **QUIET)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"failed: {words}")
    return usage.ru_utime + usage.ru_stime


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
            by_ids, by_values = session(run / "ids.onnx"), session(run / "raw.onnx")
            cells = []
            for size in SIZES:
                own = Requests(deepfm, data, run / "config.yaml", size)
                theirs, ours = rates(by_ids, ids_of(by_ids, size, random), own, size)
                cells.append(f"{theirs:,.0f} | {ours:,.0f}")
            rows = raw_of(by_values, deepfm, logs["test"], 2000) if header else None
            theirs = f"{rate(by_values, rows, 2000):,.0f}" if header else "–"
            words = [deepfm, "predict", run]
            spent = [seconds([*words, logs["long"]]) - seconds([*words, logs["test"]]) for _ in range(3)]
            cells.append(f"{theirs} | {4 * (len(lines) - header) / statistics.median(spent):,.0f}")
            files = " | ".join(f"{(run / f'{form}.onnx').stat().st_size / 1e6:.2f} MB"
                               for form in ["raw", "ids"])
            print(f"| {name} | {model} | {files} | {max(differences):.1e} | {' | '.join(cells)} |",
                  flush=True)


if __name__ == "__main__":
    main()
