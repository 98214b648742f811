#!/usr/bin/env python3
"""real-tests.py DEEPFM [AB-TESTS]: real logs through `deepfm ab`, as Markdown.

The six logs of ZOZOTOWN (Open Bandit Dataset, 10,000 rows each) that come with PyPI's obp: the log of the
random policy says what the learned one (BTS) would have earned, and the other way round, beside what it did
earn; both as the arms of a test. Folder AB-TESTS: hillstrom.csv.gz and cookie-cats.csv.gz, where they are at
hand. Nothing of these is kept here. Needs numpy, pandas, PyYAML and obp (its files alone).
"""

import importlib.metadata
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
import yaml

CAMPAIGNS = ["all", "men", "women"]
PLACES = 3
SIMULATIONS = 100_000

BANDIT_TEST = """arm: policy
arms: {random: 1, bts: 1}
metrics:
  CTR: {ratio: click}
"""

HILLSTROM = """arm: segment
arms: {No E-Mail: 1, Mens E-Mail: 1, Womens E-Mail: 1}
metrics:
  visit: {proportion: visit}
  conversion: {proportion: conversion}
  spend: {mean: spend}
"""

COOKIE_CATS = """unit: userid
arm: version
metrics:
  day 1: {proportion: retention_1}
  day 7: {proportion: retention_7}
"""


def ab(program, *arguments):
    command = [program, "ab", *map(str, arguments), "--json"]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def thompson(prior, campaign):
    """How likely BTS shows each item at each place, by simulation: [items, places]."""
    random = np.random.RandomState(12345)
    alpha, beta = np.array(prior[campaign]["alpha"]), np.array(prior[campaign]["beta"])
    counts = np.zeros((len(alpha), PLACES))
    for _ in range(SIMULATIONS // 1000):
        drawn = random.beta(alpha, beta, size=(1000, len(alpha)))
        top = np.argsort(drawn, axis=1)[:, ::-1][:, :PLACES]
        for place in range(PLACES):
            counts[:, place] += np.bincount(top[:, place], minlength=len(alpha))
    return counts / SIMULATIONS


def write_policy(path, shares):
    rows = [(item, place + 1, shares[item, place]) for item in range(len(shares)) for place in range(PLACES)]
    pd.DataFrame(rows, columns=["item_id", "position", "probability"]).to_csv(path, index=False)


def bandit(program, folder):
    root = pathlib.Path(importlib.metadata.distribution("obp").locate_file("obp"))
    prior = yaml.safe_load((root / "policy/conf/prior_bts.yaml").read_text())
    data = root / "dataset/obd"
    logs = {(policy, campaign): pd.read_csv(data / policy / campaign / f"{campaign}.csv", index_col=0)
            for policy in ("random", "bts") for campaign in CAMPAIGNS}
    header("log → policy", "IPS", "95 %", "SNIPS", "95 %", "its own log", "effective rounds",
           "largest weight", "warned")
    for source, other in (("random", "bts"), ("bts", "random")):
        for campaign in CAMPAIGNS:
            log, own = logs[source, campaign], logs[other, campaign]
            log.to_csv(folder / "log.csv", index=False)
            items = len(prior[campaign]["alpha"])
            shares = thompson(prior, campaign) if other == "bts" else np.full((items, PLACES), 1 / items)
            write_policy(folder / "policy.csv", shares)
            found = ab(program, "off-policy", folder / "log.csv", "--reward", "click", "--propensity",
                       "propensity_score", "--policy", folder / "policy.csv")
            value = {each["estimator"]: each for each in found["values"]}
            cells = [f"{source}/{campaign} → {other}"]
            for name in ("ips", "snips"):
                each = value[name]
                cells += [f"{each['value']:.6f}", f"{each['lower']:.4f} to {each['upper']:.4f}"]
            cells += [f"{own.click.mean():.4f}", f"{found['effective_size']:,.0f}",
                      f"{found['largest_weight']:,.1f}", "yes" if found["warnings"] else "no"]
            print("| " + " | ".join(cells) + " |")
    print()
    header("campaign", "CTR, random", "CTR, BTS", "lift", "95 %", "p", "verdict")
    (folder / "bandit.yaml").write_text(BANDIT_TEST)
    for campaign in CAMPAIGNS:
        both = pd.concat(logs[policy, campaign].assign(policy=policy) for policy in ("random", "bts"))
        both[["policy", "click", "position"]].to_csv(folder / "both.csv", index=False)
        report(ab(program, "analyze", folder / "both.csv", "--test", folder / "bandit.yaml"), campaign)


def header(*names):
    print("| " + " | ".join(names) + " |")
    print("|---" * len(names) + "|")


def report(analysis, name=None):
    arms = [arm["name"] for arm in analysis["arms"]]
    for metric in analysis["metrics"]:
        for arm, comparison in zip(range(1, len(arms)), metric["comparisons"]):
            lift = comparison["contrast"]["lift"]
            label = name or f"{metric['metric']['name']}, {arms[arm]} against {arms[0]}"
            low, high = 100 * lift["lower"], 100 * lift["upper"]
            print(f"| {label} | {metric['arms'][0]['value']:.6g} | {metric['arms'][arm]['value']:.6g} "
                  f"| {100 * lift['value']:+.1f} % | {low:+.1f} to {high:+.1f} % "
                  f"| {comparison['p']:.3g} | {comparison['verdict']} |")


def tests(program, folder, logs):
    for file, definition in (("hillstrom.csv.gz", HILLSTROM), ("cookie-cats.csv.gz", COOKIE_CATS)):
        if not (logs / file).exists():
            print(f"\n{file}: not at hand")
            continue
        (folder / "test.yaml").write_text(definition)
        analysis = ab(program, "analyze", logs / file, "--test", folder / "test.yaml")
        ratio = analysis["ratio"]
        print(f"\n{file}: {analysis['units']:,} units, "
              f"sample ratio χ² {ratio['chi_square']:.4f}, p {ratio['p']:.6f}\n")
        header("metric", "control", "arm", "lift", "95 %", "p, corrected", "verdict")
        report(analysis)


def main():
    program = sys.argv[1]
    logs = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else ".")
    with tempfile.TemporaryDirectory() as name:
        bandit(program, pathlib.Path(name))
        tests(program, pathlib.Path(name), logs)


if __name__ == "__main__":
    main()
