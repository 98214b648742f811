#!/usr/bin/env python3
"""onnx.py FILE...: how fast onnxruntime is with exported models, on one thread.

The files are those of `deepfm export --inputs ids`, given random ids. Each batch is repeated for two
seconds, and the median of its times printed, in rows a second and in microseconds.
"""

import statistics
import sys
import time

import numpy
import onnxruntime


def inputs(session, table, rows, random):
    given = {}
    for entry in session.get_inputs():
        shape = [rows, entry.shape[1]]
        given[entry.name] = (random.integers(0, table, shape, dtype=numpy.int32) if entry.name == "ids"
                             else numpy.ones(shape, dtype=numpy.float32))
    return given


def measure(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    random = numpy.random.default_rng(1)
    for rows in [1, 100, 2000]:
        batch, times = inputs(session, 1000, rows, random), []
        end = time.perf_counter() + 2
        while time.perf_counter() < end:
            start = time.perf_counter()
            session.run(None, batch)
            times.append(time.perf_counter() - start)
        median = statistics.median(times)
        print(f"{path}  batch {rows:5}  {rows / median:12,.0f} rows/s  {1e6 * median:10.1f} us")


for file in sys.argv[1:]:
    measure(file)
