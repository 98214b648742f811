#!/usr/bin/env python3
"""movielens_histories.py DEEPFM FOLDER OUT: what a history is worth on MovieLens-100k by time.

Without one, and with one pooled in each way. FOLDER is what scripts/movielens.sh prints. The first 80 % of
the rows by time learn, a tenth validates, a tenth is the test. Each arm has the same rows and seeds; OUT has
the runs, so that it can be interrupted. Prints AUC and LogLoss of the test rows by arm, and paired tests over
the seeds.
"""

import argparse
import csv
import json
import math
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def run(*command):
    command = [str(part) for part in command]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def chance(t, degrees):
    """The two-sided p of Student's t, by Simpson's rule."""
    def density(x):
        return math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(
            degrees * math.pi) * (1 + x * x / degrees) ** (-(degrees + 1) / 2)
    steps, end = 2000, abs(t)
    weights = [1] + [4, 2] * (steps // 2 - 1) + [4, 1]
    total = sum(weight * density(end * i / steps) for i, weight in enumerate(weights))
    return max(0.0, 1 - 2 * total * end / steps / 3)


def paired(name, base, new):
    differences = [b - a for a, b in zip(base, new)]
    mean, deviation = statistics.mean(differences), statistics.stdev(differences)
    t = mean / (deviation / math.sqrt(len(differences))) if deviation else math.inf
    p = chance(t, len(differences) - 1) if deviation else 0.0
    print(f"  {name}: {mean:+.5f} (sd {deviation:.5f}), paired t {t:.1f}, p {p:.4f}, "
          f"{sum(d > 0 for d in differences)} of {len(differences)} seeds above")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("deepfm")
    parser.add_argument("folder")
    parser.add_argument("out", type=Path)
    parser.add_argument("--models", nargs="+", default=["fm", "deepfm-d"])
    parser.add_argument("--arms", nargs="+", default=["none", "mean"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    parser.add_argument("--settings", nargs=argparse.REMAINDER, default=["--preset", "auto"])
    arguments = parser.parse_args()
    out, deepfm = arguments.out, arguments.deepfm
    out.mkdir(exist_ok=True)
    log, long, schema = out / "log.csv", out / "long.csv", HERE / "movielens-histories.yaml"
    if not long.exists():
        log.write_text(run(sys.executable, HERE / "movielens_days.py", arguments.folder))
        run(deepfm, "history", log, "--schema", schema, "--out", long)
    with open(log) as file:
        times = sorted(int(row["time"]) for row in csv.DictReader(file))
    moments = [times[len(times) * share // 10] for share in (8, 9)]
    split = f"split: {{rule: time, train_until: {moments[0]}, valid_until: {moments[1]}}}\n"
    results = {}
    for arm in arguments.arms:
        fields, history = schema.read_text().split("  - name: liked\n")
        text = fields
        if arm != "none":
            text += "  - name: liked\n" + history.replace("pooling: mean", f"pooling: {arm}")
        own = out / f"{arm}.yaml"
        own.write_text(split + text)
        if not (out / f"data-{arm}").exists():
            run(deepfm, "encode", long, "--schema", own, "--out", out / f"data-{arm}")
        for model in arguments.models:
            for seed in arguments.seeds:
                folder = out / f"{model}-{arm}-{seed}"
                if not folder.exists():
                    run(deepfm, "train", "--data", out / f"data-{arm}", "--model", model,
                        "--seed", seed, "--out", folder, *arguments.settings)
                metrics = json.loads((folder / "metrics.json").read_text())
                results.setdefault((model, arm), []).append(metrics)
    for model in arguments.models:
        print(f"{model}, test rows of {len(arguments.seeds)} seeds, mean ± sd:")
        columns = {}
        for arm in arguments.arms:
            tests = [metrics["test"] for metrics in results[model, arm]]
            for name in ("auc", "log_loss"):
                columns[arm, name] = [test[name] for test in tests]
            print(f"  {arm:<10}" + "  ".join(
                f"{name} {statistics.mean(values):.5f} ± {statistics.stdev(values):.5f}"
                for name in ("auc", "log_loss") if (values := columns[arm, name])))
        for first, second in zip(arguments.arms, arguments.arms[1:]):
            for name in ("auc", "log_loss"):
                paired(f"{second} − {first}, {name}", columns[first, name], columns[second, name])


if __name__ == "__main__":
    main()
