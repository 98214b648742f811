#!/usr/bin/env python3
"""RecBole's own FNN and PNN (outer) on the split of an experiment, for one seed.

    Benchmarks/peers/setup.sh recbole
    .cache/peers/recbole/bin/python Benchmarks/experiments/recbole_peer.py FOLDER --models FNN PNN --seed 1

FOLDER holds {train,valid,test}.libsvm.gz or .csv.gz with a column `label`, as the experiments here have
them. The rows become RecBole's atomic files; sizes, batch and optimizer are the experiment's (k = 10,
400-400-400, Adam 1e-3, batch 4096), everything else RecBole's own. Prints a line of JSON a model.
"""

import argparse
import csv
import gzip
import json
import os
import sys
import tempfile
import time
import types

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("folder")
parser.add_argument("--models", nargs="+", default=["FNN", "PNN"])
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--epochs", type=int, default=200)
parser.add_argument("--patience", type=int, default=10, help="evaluations without a better AUC")
parser.add_argument("--dropout", type=float, default=0.2)
parser.add_argument("--learning-rate", type=float, default=1e-3)
options = parser.parse_args()
options.folder = os.path.abspath(options.folder)

# RecBole logs to tensorboard, which looks for TensorFlow, and imports Ray's tuner: neither is needed.
sys.modules["tensorboard.compat.notf"] = types.ModuleType("tensorboard.compat.notf")
sys.modules["ray"] = types.ModuleType("ray")
sys.modules["ray"].tune = None

import torch  # noqa: E402

# RecBole loads its own checkpoints whole, which newer PyTorch must be asked for.
load = torch.load
torch.load = lambda *arguments, **names: load(*arguments, **{**names, "weights_only": False})

from recbole.quick_start import run_recbole  # noqa: E402

PARTS = ["train", "valid", "test"]


def libsvm(part):
    with gzip.open(f"{options.folder}/{part}.libsvm.gz", "rt") as lines:
        for line in lines:
            label, *pairs = line.split()
            yield [label, *(pair.split(":")[0] for pair in pairs)]


def delimited(part):
    with gzip.open(f"{options.folder}/{part}.csv.gz", "rt", newline="") as lines:
        yield from csv.reader(lines)


def write(folder):
    """Writes the three parts as atomic files; returns the names of their fields."""
    is_libsvm = os.path.exists(f"{options.folder}/train.libsvm.gz")
    for part in PARTS:
        rows = libsvm(part) if is_libsvm else delimited(part)
        first = next(rows)
        names = [f"field{index}" for index in range(len(first) - 1)] if is_libsvm else first[1:]
        lists = [name == "genres" for name in names]
        kinds = ["token_seq" if isList else "token" for isList in lists]
        with open(f"{folder}/log/log.{part}.inter", "w") as out:
            heads = ["label:float"] + [f"{name}:{kind}" for name, kind in zip(names, kinds)]
            print(*heads, sep="\t", file=out)
            for row in ([first] if is_libsvm else []):
                print(*row, sep="\t", file=out)
            for label, *values in rows:
                cells = [v.replace("|", " ") if isList else v for v, isList in zip(values, lists)]
                print(label, *cells, sep="\t", file=out)
    return names


with tempfile.TemporaryDirectory() as folder:
    os.makedirs(f"{folder}/log")
    names = write(folder)
    # RecBole leaves its logs where it is run.
    os.makedirs(f"{folder}/left")
    os.chdir(f"{folder}/left")
    for model in options.models:
        began = time.time()
        result = run_recbole(
            model=model,
            dataset="log",
            config_dict={
                "data_path": folder,
                "benchmark_filename": PARTS,
                "load_col": {"inter": ["label", *names]},
                "USER_ID_FIELD": names[0],
                "ITEM_ID_FIELD": names[1],
                "LABEL_FIELD": "label",
                "field_separator": "\t",
                "seq_separator": " ",
                "embedding_size": 10,
                "mlp_hidden_size": [400, 400, 400],
                "dropout_prob": options.dropout,
                "use_inner": False,
                "use_outer": True,
                "learning_rate": options.learning_rate,
                "train_batch_size": 4096,
                "eval_batch_size": 8192,
                "epochs": options.epochs,
                "stopping_step": options.patience,
                "eval_args": {"mode": "labeled", "group_by": None, "order": "RO",
                              "split": {"RS": [0.8, 0.1, 0.1]}},
                "metrics": ["AUC", "LogLoss"],
                "metric_decimal_place": 6,
                "valid_metric": "AUC",
                "train_neg_sample_args": None,
                "seed": options.seed,
                "reproducibility": True,
                "checkpoint_dir": folder,
                "show_progress": False,
                "use_gpu": False,
                "device": "cpu",
            },
        )
        test = result["test_result"]
        print(json.dumps({"model": model, "seed": options.seed, "dropout": options.dropout,
                          "seconds": round(time.time() - began, 1),
                          "valid_auc": result["best_valid_score"], **test}), flush=True)
