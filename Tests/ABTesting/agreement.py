#!/usr/bin/env python3
"""agreement.py DEEPFM [RUNS]: random tests and random policies, analyzed by `deepfm ab analyze` and
`deepfm ab off-policy` and by others: tea-tasting (ratios, means, CUPED) and obp (IPS, SNIPS, DM, DR, switch).

Needs tea-tasting, scikit-learn, pandas and obp; of obp the estimators alone are loaded, so that PyTorch,
which it names in annotations, need not be there. Fails at the first figure that differs by more than the
printed digits can.
"""

import importlib
import importlib.metadata
import json
import pathlib
import subprocess
import sys
import tempfile
import types

import numpy as np
import pyarrow as pa
import scipy.stats
import tea_tasting as tt

TEST = """unit: user
arm: arm
arms: {A: 1, B: 1}
correction: none
metrics:
  ctr: {ratio: click}
  cvr: {ratio: order, per: click}
  spend: {mean: spend}
"""


def estimators():
    """obp.ope.estimators without what its packages import beside it."""
    torch = types.ModuleType("torch")
    torch.Tensor = type("Tensor", (), {})
    sys.modules["torch"] = torch
    root = pathlib.Path(importlib.metadata.distribution("obp").locate_file("obp"))
    for name, path in (("obp", root), ("obp.ope", root / "ope")):
        package = types.ModuleType(name)
        package.__path__ = [str(path)]
        sys.modules[name] = package
    return importlib.import_module("obp.ope.estimators")


def close(what, ours, theirs, tolerance=1e-9):
    if not abs(ours - theirs) <= tolerance * max(1, abs(theirs)):
        sys.exit(f"agreement: {what}: {ours!r} here, {theirs!r} there")
    close.count += 1


close.count = 0


def deepfm(program, *arguments):
    done = subprocess.run([program, "ab", *arguments, "--json"], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def users(random, count, lift, base=None):
    """For each user rows, clicks, orders and spend; alike to what the same users did before."""
    base = random.beta(2, 15, count) if base is None else base
    rows = 1 + random.poisson(random.gamma(2, 3, count))
    clicks = random.binomial(rows, np.minimum(base * lift, 1))
    orders = random.binomial(clicks, 0.3)
    return base, rows, clicks, orders, np.round(orders * random.lognormal(2, 1, count), 2)


def write(path, arms, rows, clicks, orders, spend):
    with open(path, "w") as file:
        file.write("user,arm,click,order,spend\n")
        for user, (arm, n, c, o, s) in enumerate(zip(arms, rows, clicks, orders, spend)):
            for row in range(n):
                first = f"{s}" if row == 0 else "0"
                file.write(f"u{user},{'AB'[arm]},{int(row < c)},{int(row < o)},{first}\n")


def metrics(has_before):
    """The metrics of TEST, with what users were before or without."""

    def ratio(above, below):
        more = (f"{above}_before", f"{below}_before") if has_before else ()
        return tt.RatioOfMeans(above, below, *more)

    spend = tt.Mean("spend", "spend_before") if has_before else tt.Mean("spend")
    return {"ctr": ratio("clicks", "rows"), "cvr": ratio("orders", "clicks"), "spend": spend}


def check_analysis(program, folder, random):
    count = int(random.integers(200, 2000))
    arms = random.integers(0, 2, count)
    base, *before = users(random, count, 1.0)
    _, *during = users(random, count, np.where(arms == 1, random.uniform(0.8, 1.3), 1.0), base)
    write(folder / "log.csv", arms, *during)
    write(folder / "before.csv", arms, *before)
    (folder / "test.yaml").write_text(TEST)
    names = ("rows", "clicks", "orders", "spend")
    columns = dict(zip(names, (np.asarray(x, float) for x in during)))
    columns |= {f"{n}_before": np.asarray(x, float) for n, x in zip(names, before)}
    table = pa.table({"variant": arms, **columns})
    for arguments, suffix in (([], False), (["--before", str(folder / "before.csv")], True)):
        ours = deepfm(
            program, "analyze", str(folder / "log.csv"), "--test", str(folder / "test.yaml"), *arguments)
        theirs = tt.Experiment(metrics(suffix)).analyze(table)
        for metric in ours["metrics"]:
            name = metric["metric"]["name"]
            found, known = metric["comparisons"][0]["contrast"], theirs[name]
            # With CUPED the two centre the covariate alike, but in other steps: some digits fewer.
            tolerance = 1e-6 if suffix else 1e-9
            for key, value in (
                ("difference", known.effect_size), ("lower", known.effect_size_ci_lower),
                ("upper", known.effect_size_ci_upper),
            ):
                mine = found["difference"]["value" if key == "difference" else key]
                close(f"{name} {key}, before: {suffix}", mine, value, tolerance)
            close(f"{name} t", found["t"], known.statistic, tolerance * 100)
            close(f"{name} p", found["p"], known.pvalue, tolerance * 100)
        sizes = [int((arms == 0).sum()), int((arms == 1).sum())]
        close("sample ratio", ours["ratio"]["p"], scipy.stats.chisquare(sizes).pvalue)


def check_policy(program, folder, random, obp):
    count, actions, bound = int(random.integers(100, 3000)), int(random.integers(2, 12)), 10.0
    behaviour = random.dirichlet(np.ones(actions), count)
    target = random.dirichlet(np.ones(actions), count)
    model = random.uniform(0, 0.5, (count, actions))
    action = np.array([random.choice(actions, p=p) for p in behaviour])
    rows = np.arange(count)
    reward = random.binomial(1, model[rows, action]).astype(float)
    shown = behaviour[rows, action]
    with open(folder / "rounds.csv", "w") as file:
        file.write("reward,p,q,predicted,expected\n")
        for row in rows:
            a = action[row]
            file.write(
                f"{reward[row]:.0f},{shown[row]!r},{target[row, a]!r},{model[row, a]!r},"
                f"{(target[row] * model[row]).sum()!r}\n".replace("np.float64(", "").replace(")", ""))
    ours = deepfm(
        program, "off-policy", str(folder / "rounds.csv"), "--reward", "reward", "--propensity", "p",
        "--target", "q", "--predicted", "predicted", "--expected", "expected", "--bound", str(bound),
        "--repetitions", "20")
    given = {
        "reward": reward, "action": action, "pscore": shown, "action_dist": target[:, :, None],
        "position": np.zeros(count, int),
    }
    with_model = {**given, "estimated_rewards_by_reg_model": model[:, :, None]}
    theirs = {
        "ips": obp.InverseProbabilityWeighting().estimate_policy_value(**given),
        "snips": obp.SelfNormalizedInverseProbabilityWeighting().estimate_policy_value(**given),
        "dm": obp.DirectMethod().estimate_policy_value(**with_model),
        "dr": obp.DoublyRobust().estimate_policy_value(**with_model),
        "switch-dr": obp.SwitchDoublyRobust(tau=bound).estimate_policy_value(**with_model),
    }
    for value in ours["values"]:
        close(value["estimator"], value["value"], theirs[value["estimator"]])


def main():
    program, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    obp = estimators()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for seed in range(runs):
            random = np.random.default_rng(seed)
            check_analysis(program, folder, random)
            check_policy(program, folder, random, obp)
    print(f"{runs} tests and {runs} policies: {close.count} figures agree with tea-tasting and obp")


if __name__ == "__main__":
    main()
