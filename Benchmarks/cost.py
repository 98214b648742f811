#!/usr/bin/env python3
"""cost.py DEEPFM --data DATA --compared FOLDER --out OUT: what does each model's quality cost?

FOLDER is what `deepfm compare --data DATA` has made: AUC and LogLoss are taken from there, and each model's
settings from its first run. Training and prediction are measured here by those settings, on one core, all
models in turns, DeepFM-D first and last, by processor time, which other work on the machine disturbs least.
Prints a table, and draws AUC against the time of an epoch as OUT/cost.svg. With --drawn nothing is measured:
both are made anew of OUT/rounds.json. With --before another build takes its turns beside this one, and a
table of the times of both is all that is printed. Needs matplotlib and adjustText.
"""

import argparse
import json
import os
import statistics
import subprocess
from pathlib import Path

import matplotlib
from adjustText import adjust_text
from matplotlib import pyplot

UNIT = "deepfm-d"
MODES = ["train", "predict"]
PREDICTED_AT_ONCE = 4096


class Worker:
    """A `deepfm bench` that measures a round whenever it is asked to."""

    def __init__(self, options, mode, model, config, deepfm=None):
        lines = dict(line.split(": ", 1) for line in config.read_text().splitlines())
        rows = lines["batch_size"] if mode == "train" else str(PREDICTED_AT_ONCE)
        self.model = model
        self.process = subprocess.Popen(
            [deepfm or options.deepfm, "bench", mode, "--data", options.data, "--config", config,
             "--batches", rows, "--paced", "--seconds", str(options.seconds)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=os.environ | {"POCL_MAX_PTHREAD_COUNT": "1"})
        self.process.stdout.readline()

    def time(self):
        """Seconds that its threads have run so far."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def round(self):
        """Processor seconds a sample."""
        before = self.time()
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        samples = json.loads(self.process.stdout.readline())["samples"]
        return (self.time() - before) / samples


def measure(options, folders):
    """For each mode and model the seconds a sample of each round."""
    models = [UNIT] + [model for model in folders if model != UNIT] + [f"{UNIT}, again"]
    seconds = {mode: {model: [] for model in models} for mode in MODES}
    for mode in MODES:
        workers = [Worker(options, mode, model, folders[model.split(",")[0]] / "config.yaml")
                   for model in models]
        for _ in range(options.rounds):
            for worker in workers:
                seconds[mode][worker.model].append(worker.round())
        for worker in workers:
            worker.process.communicate()
    return seconds


BEFORE = ", before"


def measure_both(options, folders):
    """As measure, of both builds in turns."""
    seconds = {mode: {} for mode in MODES}
    for mode in MODES:
        workers = [Worker(options, mode, model + name, folder / "config.yaml", build)
                   for model, folder in folders.items()
                   for name, build in [(BEFORE, options.before), ("", options.deepfm)]]
        for _ in range(options.rounds):
            for worker in workers:
                seconds[mode].setdefault(worker.model, []).append(worker.round())
        for worker in workers:
            worker.process.communicate()
    return seconds


def compare(seconds, models):
    """A line a model: how many times DeepFM-D's time it takes before and now, and its gain."""
    print("| | training, × DeepFM-D: before | now | before ÷ now "
          "| prediction, × DeepFM-D: before | now | before ÷ now |\n|---|---|---|---|---|---|---|")
    for model in models:
        cells = []
        for mode in MODES:
            old, new = seconds[mode][model + BEFORE], seconds[mode][model]
            for own, unit in [(old, seconds[mode][UNIT + BEFORE]), (new, seconds[mode][UNIT]), (old, new)]:
                ratios = sorted(a / b for a, b in zip(own, unit))
                cells.append(f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
        print("|", " | ".join([f"`{model}`", *cells]), "|")


def deviation(values):
    return statistics.stdev(values) if len(values) > 1 else float("nan")


def times(seconds, model):
    """The time of DeepFM-D's: the median of the rounds, with the least and the most."""
    ratios = [own / unit for own, unit in zip(seconds[model], seconds[UNIT])]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def table(quality, seconds, training_rows):
    """A line a model, the best AUC first."""
    print("| | AUC, mean ± sd | LogLoss, mean ± sd | epochs | training, × DeepFM-D | s an epoch "
          "| prediction, × DeepFM-D | samples/s |\n|---|---|---|---|---|---|---|---|")
    best_first = sorted(quality, key=lambda model: -statistics.mean(quality[model]["auc"]))
    for model in [*best_first, f"{UNIT}, again"]:
        train, predict = (statistics.median(seconds[mode][model]) for mode in MODES)
        cells = [f"{statistics.mean(values):.5f} ± {deviation(values):.5f}"
                 for values in quality.get(model, {}).values()] or ["", "", ""]
        if model in quality:
            cells[2] = f"{statistics.mean(quality[model]['epochs']):.0f}"
        print("|", " | ".join([
            f"`{model}`", *cells, times(seconds["train"], model), f"{train * training_rows:.2f}",
            times(seconds["predict"], model), f"{1 / predict:,.0f}"]), "|")


def draw(quality, seconds, training_rows, path):
    matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "cost"}
    figure, axes = pyplot.subplots(figsize=(10, 6), layout="constrained")
    names = []
    for model, values in quality.items():
        x = statistics.median(seconds["train"][model]) * training_rows
        y = statistics.mean(values["auc"])
        axes.errorbar(x, y, deviation(values["auc"]), fmt="o", elinewidth=0.6,
                      color="tab:red" if model == UNIT else "tab:blue")
        names.append(axes.text(x, y, model, fontsize=8))
    axes.set(xscale="log", xlabel="processor seconds an epoch", ylabel="AUC of the test rows")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(lambda x, _: f"{x:g}" if f"{x:e}"[0] in "235" else "")
    axes.grid(which="both", linewidth=0.3)
    adjust_text(names, ax=axes, arrowprops={"arrowstyle": "-", "linewidth": 0.4})
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("deepfm")
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--compared", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3, help="the least length of a round")
    parser.add_argument("--before", help="another build of the command")
    parser.add_argument("--models", nargs="+", help="measure these alone")
    parser.add_argument("--drawn", action="store_true", help="measure nothing")
    options = parser.parse_args()
    record = json.loads((options.compared / "results.json").read_text())["record"]
    folders, quality = {}, {}
    for run in record["runs"]:
        if options.models and run["variant"] not in options.models:
            continue
        folder = options.compared / "runs" / run["folder"]
        metrics = json.loads((folder / "metrics.json").read_text())
        folders.setdefault(run["variant"], folder)
        of = quality.setdefault(run["variant"], {"auc": [], "log_loss": [], "epochs": []})
        of["auc"].append(metrics["test"]["auc"])
        of["log_loss"].append(metrics["test"]["log_loss"])
        of["epochs"].append(metrics["epochs"])
    options.out.mkdir(parents=True, exist_ok=True)
    kept = options.out / "rounds.json"
    if options.before:
        kept.write_text(json.dumps(measure_both(options, folders)))
        return compare(json.loads(kept.read_text()), folders)
    if not options.drawn:
        kept.write_text(json.dumps(measure(options, folders)))
    seconds, rows = json.loads(kept.read_text()), record["data"]["training_rows"]
    table(quality, seconds, rows)
    draw(quality, seconds, rows, options.out / "cost.svg")


if __name__ == "__main__":
    main()
