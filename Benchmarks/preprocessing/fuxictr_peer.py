"""fuxictr_peer.py CSV FOLDER: FuxiCTR's own preprocessing of a Criteo log, as its criteo_x4 benchmark
sets it: numbers in logarithmic buckets, values seen fewer than 10 times out of vocabulary.

Prints the seconds from the first line read to the last byte written, imports and the start of Ray
left out, and the most memory of the process and its children together.
"""

import importlib
import logging
import os
import sys
import threading
import time

import polars

os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
from fuxictr.datasets.criteo import CustomizedFeatureProcessor
from fuxictr.preprocess import build_dataset

module = importlib.import_module("fuxictr.preprocess.build_dataset")

logging.disable(logging.INFO)

# FuxiCTR 2.3.10 calls an argument by a name that Polars 2 has given up.
scan_csv = polars.scan_csv
polars.scan_csv = lambda *args, dtypes=None, **named: scan_csv(
    *args, schema_overrides=dtypes, **named)


def resident(pid):
    """The resident memory of a process and of those it started, in bytes."""
    total, children = 0, {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as stat:
                    fields = stat.read().rsplit(")", 1)[1].split()
                children.setdefault(int(fields[1]), []).append((int(entry), int(fields[21]) * 4096))
            except OSError:
                pass
    pending = [pid]
    while pending:
        for child, size in children.get(pending.pop(), []):
            total += size
            pending.append(child)
    with open(f"/proc/{pid}/statm") as statm:
        return total + int(statm.read().split()[1]) * 4096


def watch(peak):
    while True:
        peak[0] = max(peak[0], resident(os.getpid()))
        time.sleep(0.2)


def main():
    csv, folder = sys.argv[1:]
    features = [
        dict(name=[f"I{i}" for i in range(1, 14)], active=True, dtype="float", type="categorical",
             preprocess="convert_to_bucket", fill_na=0),
        dict(name=[f"C{i}" for i in range(1, 27)], active=True, dtype="str", type="categorical",
             fill_na=""),
    ]
    label = dict(name="label", dtype="float")
    module.init_ray()
    peak = [0]
    threading.Thread(target=watch, args=(peak,), daemon=True).start()
    start = time.time()
    encoder = CustomizedFeatureProcessor(
        feature_cols=features, label_col=label, dataset_id="criteo", data_root=folder)
    build_dataset(encoder, train_data=csv, min_categr_count=10, data_format="csv", sep=",")
    print(f"{time.time() - start:.2f} {peak[0]}")


if __name__ == "__main__":
    main()
