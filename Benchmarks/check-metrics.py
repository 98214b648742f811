#!/usr/bin/env python3
"""check-metrics.py [DEEPFM]: holds every measure of `deepfm metrics` against scikit-learn.

Random tables of scores, with and without ties, weights and groups, rare and common clicks; and tables
that define no measure: one class, no rows, no weight, equal scores. Needs
scikit-learn 1.7. DEEPFM is the command, by default .build/release/deepfm. Prints the largest difference
of each measure; fails above 1e-9.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

root = pathlib.Path(__file__).resolve().parent.parent
deepfm = sys.argv[1] if len(sys.argv) > 1 else str(root / ".build/release/deepfm")
margin = np.finfo(float).eps  # what scikit-learn clips probabilities in double precision to


def tables():
    """(name, scores, labels, weights or None, groups or None)"""
    random = np.random.default_rng(20261124)
    for rows in (2, 3, 10, 500, 20_000):
        for rate in (0.5, 0.02):
            for levels in (None, 5):
                scores = random.beta(1, 1 / rate, rows)
                if levels:
                    scores = np.round(scores * levels) / levels
                labels = (random.random(rows) < np.clip(scores, 0.01, 1)).astype(float)
                weights = random.integers(0, 4, rows) / 2.0
                groups = random.integers(0, max(rows // 8, 1), rows)
                name = f"{rows} rows, rate {rate}, {levels or 'all'} levels"
                yield name, scores, labels, None, None
                yield name + ", weights, groups", scores, labels, weights, groups
    ten = np.linspace(0.05, 0.95, 10)
    yield "clicks only", ten, np.ones(10), None, np.arange(10) % 2
    yield "no clicks", ten, np.zeros(10), None, np.arange(10) % 2
    yield "equal scores", np.full(10, 0.25), np.arange(10) % 2, None, None
    yield "equal scores, none at the edge", np.full(10, 1.0), np.arange(10) % 2, None, None
    yield "certain and wrong", np.array([0.0, 1.0]), np.array([1, 0]), None, None
    yield "no weight", ten, np.arange(10) % 2, np.zeros(10), None
    yield "one class has no weight", ten, np.arange(10) % 2, np.arange(10) % 2, None
    yield "one row", np.array([0.3]), np.array([1]), None, np.array([7])
    yield "no rows", np.array([]), np.array([]), None, None
    yield "logits", random.normal(0, 3, 50), random.integers(0, 2, 50), None, None


def expected(scores, labels, weights, groups):
    ones = np.ones(len(scores)) if weights is None else weights
    total, clicks = ones.sum(), (ones * labels).sum()
    both = 0 < clicks < total
    probabilities = len(scores) > 0 and scores.min() >= 0 and scores.max() <= 1
    result = dict.fromkeys(
        "auc average_precision log_loss normalized_entropy calibration grouped_auc reliability"
        " calibration_error".split())
    # scikit-learn refuses rows without weight at the ends of its curves: they change nothing.
    kept = ones > 0
    s, y, w = scores[kept], labels[kept], ones[kept]
    if both:
        result["auc"] = sk.roc_auc_score(y, s, sample_weight=w)
    if clicks > 0:
        result["average_precision"] = sk.average_precision_score(y, s, sample_weight=w)
    if probabilities and total > 0:
        p = np.clip(s, margin, 1 - margin)
        result["log_loss"] = sk.log_loss(y, p, sample_weight=w, labels=[0, 1])
        if clicks > 0:
            result["calibration"] = (ones * scores).sum() / clicks
        if both:
            average = np.full(len(y), clicks / total)
            result["normalized_entropy"] = result["log_loss"] / sk.log_loss(
                y, average, sample_weight=w)
        # scikit-learn's curve knows no weights.
        if weights is None and len(scores) > 1:
            clicked, predicted = calibration_curve(labels, scores, n_bins=10, strategy="quantile")
            result["reliability"] = list(zip(predicted, clicked))
    if groups is not None:
        used = total_used = 0.0
        for group in np.unique(groups):
            of = (groups == group) & kept
            if len(np.unique(labels[of])) == 2:
                weight = ones[of].sum()
                used += weight * sk.roc_auc_score(labels[of], scores[of], sample_weight=ones[of])
                total_used += weight
        result["grouped_auc"] = used / total_used if total_used else None
    return result


def found(scores, labels, weights, groups):
    columns = {"score": [repr(float(s)) for s in scores], "label": [f"{y:g}" for y in labels]}
    arguments = [deepfm, "metrics", "--json"]
    if weights is not None:
        columns["w"] = [repr(float(w)) for w in weights]
        arguments += ["--weight", "w"]
    if groups is not None:
        columns["g"] = [f"g{g}" for g in groups]
        arguments += ["--group", "g"]
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write(",".join(columns) + "\n")
        file.writelines(",".join(row) + "\n" for row in zip(*columns.values()))
        file.flush()
        run = subprocess.run([*arguments, file.name], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"deepfm metrics failed: {run.stderr}")
    result = json.loads(run.stdout)
    result["grouped_auc"] = (result.get("grouped_auc") or {}).get("value")
    result["reliability"] = [(b["predicted"], b["clicked"]) for b in result["reliability"]]
    return result


def main():
    worst, failures, count = {}, [], 0
    for name, scores, labels, weights, groups in tables():
        ours, theirs = found(scores, labels, weights, groups), expected(scores, labels, weights, groups)
        count += 1
        for measure, value in theirs.items():
            if measure == "calibration_error" or (measure == "reliability" and value is None):
                continue
            mine = ours.get(measure)
            if (mine is None) != (value is None):
                failures.append(f"{name}: {measure} is {mine}, scikit-learn says {value}")
                continue
            if value is None:
                if not ours.get("reason") and measure != "grouped_auc":
                    failures.append(f"{name}: no reason why there is no {measure}")
                continue
            if measure == "reliability" and len(mine) != len(value):
                failures.append(f"{name}: {len(mine)} bins, scikit-learn has {len(value)}")
                continue
            difference = float(np.max(np.abs(np.asarray(mine) - np.asarray(value)), initial=0))
            worst[measure] = max(worst.get(measure, 0), difference)
            if not difference <= 1e-9 * max(1, float(np.max(np.abs(value), initial=0))):
                failures.append(f"{name}: {measure} is {mine}, scikit-learn says {value}")
    for measure, difference in worst.items():
        print(f"{measure:20} largest difference {difference:.1e}")
    print(f"{count} tables, {len(failures)} failures")
    sys.exit("\n".join(failures) if failures else 0)


main()
