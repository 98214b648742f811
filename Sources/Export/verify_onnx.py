"""Holds an ONNX model against probabilities that came with its inputs: verify_onnx.py MODEL FEED.

FEED has a JSON object a line: "inputs" by name, each with its type, shape and values, and "expected",
the probability of each row. Prints a JSON object: the rows, the largest difference, and how many rows
are over the limit.
"""

import json
import sys

import numpy
import onnx
import onnxruntime

TYPES = {"string": object, "double": numpy.float64, "float": numpy.float32,
         "int32": numpy.int32, "int64": numpy.int64}


def tensor(entry):
    values = entry["values"]
    if entry["type"] == "double":
        values = [numpy.nan if value is None else value for value in values]
    return numpy.array(values, dtype=TYPES[entry["type"]]).reshape(entry["shape"])


def main(model, feed, limit):
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    rows, largest, over = 0, 0.0, 0
    with open(feed, encoding="utf-8") as lines:
        for line in lines:
            batch = json.loads(line)
            inputs = {name: tensor(entry) for name, entry in batch["inputs"].items()}
            found = session.run(["probability"], inputs)[0].astype(numpy.float64)
            expected = numpy.array(batch["expected"], dtype=numpy.float64)
            if found.shape != expected.shape:
                raise ValueError(f"{found.shape} probabilities in place of {expected.shape}")
            difference = numpy.abs(found - expected)
            rows += len(expected)
            # No number is no match.
            over += int((~(difference <= limit)).sum())
            largest = max(largest, float(numpy.nan_to_num(difference, nan=numpy.inf).max(initial=0.0)))
    print(json.dumps({"rows": rows, "largest": largest, "over": over, "runtime": onnxruntime.__version__}))


try:
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
except Exception as error:
    print(json.dumps({"error": str(error).strip().splitlines()[0][:500]}))
