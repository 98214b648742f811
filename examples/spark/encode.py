#!/usr/bin/env python3
"""Encodes a partitioned log for `deepfm train --data` on the executors of a Spark cluster.

    spark-submit encode.py --log logs/clicks --schema schema.yaml --out data/clicks

LOG is a folder as Spark writes it, of Parquet, CSV or text files. Every machine sees it, the schema and OUT
under the same names, and has `deepfm`. Each file is a task: first it is counted (`deepfm encode count`), the
driver makes the encoder of all counts (`merge`), then each file is encoded (`apply`), and the driver joins
the parts (`join`). The encoder and the rows are byte for byte those of one `deepfm encode` over the files in
the order of their names. A task that Spark runs again goes on where the one before was interrupted.
"""

import argparse
import shutil
import subprocess
from pathlib import Path

from pyspark.sql import SparkSession


def parts(log):
    """The log's files in the order of their names, without Spark's marks and checksums."""
    files = sorted(path for path in Path(log).rglob("*") if path.is_file() and path.name[0] not in "._")
    if not files:
        raise SystemExit(f"{log}: no files")
    return [str(path) for path in files]


def run(*words):
    """Runs a command; where it fails, so does the task, with what the command said."""
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--log", required=True)
    parser.add_argument("--schema", required=True, help="without gaps, as `deepfm schema infer` writes it")
    parser.add_argument("--out", required=True, help="the folder for `deepfm train --data`, not yet there")
    parser.add_argument("--deepfm", default="deepfm", help="the command's path on every machine")
    given = parser.parse_args()
    # Plain words for the tasks, which are sent to other processes.
    deepfm, schema, work = given.deepfm, given.schema, f"{given.out}.parts"
    for folder in ("counts", "data"):
        Path(work, folder).mkdir(parents=True, exist_ok=True)
    encoder = f"{work}/encoder.json"
    files = parts(given.log)

    def count(part):
        run(deepfm, "encode", "count", part[1], "--schema", schema, "--out", f"{work}/counts/{part[0]:06d}")

    def apply(part):
        run(deepfm, "encode", "apply", part[1], "--encoder", encoder, "--out", f"{work}/data/{part[0]:06d}")

    spark = SparkSession.builder.appName("deepfm encode").getOrCreate()
    tasks = spark.sparkContext.parallelize(list(enumerate(files)), len(files))
    tasks.foreach(count)
    numbers = range(len(files))
    print(run(deepfm, "encode", "merge", *(f"{work}/counts/{i:06d}" for i in numbers), "--out", encoder))
    tasks.foreach(apply)
    print(run(deepfm, "encode", "join", *(f"{work}/data/{i:06d}" for i in numbers), "--out", given.out))
    # The joined shards are links to the parts', or copies: either way the parts are not needed any more.
    shutil.rmtree(work)
    spark.stop()


if __name__ == "__main__":
    main()
