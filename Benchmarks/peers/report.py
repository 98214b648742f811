"""Results as JSON, and as Markdown for people."""
import json
import platform
import statistics
import subprocess

from peers import EPOCH, LATENCY, PEERS, PREDICT, TRAIN

KEY = ("peer", "environment", "mode", "model", "batch", "dropout", "cores")


def read(path):
    """The results and failures of earlier calls."""
    if not path.exists():
        return [], {}
    content = json.loads(path.read_text())
    return content["results"], content["failures"]


def merged(results, records):
    """The results with newer records in the place of older ones of the same case. An older one of ours
    stays as long as that of a peer it took turns with does: their ratio is formed of these two."""
    newer = {key(record) for record in records}
    turns = {old["turns"] for old in results if key(old) not in newer and not is_ours(old)}
    return [old for old in results
            if key(old) not in newer or is_ours(old) and old["turns"] in turns] + records


def key(record):
    return tuple(record[name] for name in KEY)


def is_ours(record):
    return record["peer"].startswith("deepfm")


def write(path, results, failures):
    path.parent.mkdir(parents=True, exist_ok=True)
    measured = {f"{record['peer']} ({record['environment']}), {record['mode']} {record['model']}"
                for record in results}
    failures = {what: why for what, why in failures.items() if what not in measured}
    content = {"machine": machine(), "results": results, "failures": failures}
    path.write_text(json.dumps(content, indent=1) + "\n")
    path.with_suffix(".md").write_text(markdown(content))


def machine():
    """The processor and what matters of it."""
    lines = subprocess.run(["lscpu"], capture_output=True, text=True).stdout.splitlines()
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    facts = {key.strip(): value.strip() for key, value in facts.items()}
    flags = facts.get("Flags", "").split()
    gpu = graphics()
    return ({"gpu": gpu} if gpu else {}) | {
        "processor": facts.get("Model name", platform.processor()),
        "family": f"{facts.get('CPU family')}/{facts.get('Model')}", "cores": facts.get("CPU(s)"),
        "avx512": "avx512f" in flags, "avx2": "avx2" in flags, "kernel": platform.release()}


def graphics():
    """NVIDIA's GPU and driver, if there is one."""
    try:
        query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
        return subprocess.run(query, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def markdown(content):
    machine, results = content["machine"], content["results"]
    vectors = "AVX-512" if machine["avx512"] else "AVX2, no AVX-512" if machine["avx2"] else ""
    versions = {}
    for record in results:
        versions |= record["versions"]
    text = [
        "# deepfm and its peers", "",
        (f"{machine['gpu']}. " if machine.get("gpu") else "") +
        f"{machine['processor']} (family/model {machine['family']}, {vectors}), "
        f"{machine['cores']} cores. " + ", ".join(f"{n} {v}" for n, v in sorted(versions.items()))
        + ". Made by `Benchmarks/peers/run.py`: programs take turns, a round each; medians of the "
        "rounds, with the slowest and the fastest in brackets; ratios are medians of each round's. "
        "39 fields, a million features, k = 10, 400-400-400, single precision unless said.", ""]
    groups = sorted({(r["mode"], r["cores"], r["model"], r["dropout"]) for r in results},
                    key=lambda g: ([TRAIN, PREDICT, LATENCY, EPOCH].index(g[0]), *g[1:]))
    for group in groups:
        records = [r for r in results
                   if (r["mode"], r["cores"], r["model"], r["dropout"]) == group]
        text += section(group, records)
    text += efficiency(results)
    if content["failures"]:
        text += ["## Not measured", ""]
        text += [f"- {what}: {why}" for what, why in content["failures"].items()]
    return "\n".join(text).rstrip() + "\n"


def section(group, records):
    mode, cores, model, dropout = group
    where = "one core" if cores == 1 else f"{cores} cores"
    if records[0].get("device"):
        where = f"device {records[0]['device']}"
    what = {TRAIN: "Training", PREDICT: "Prediction", LATENCY: "Small requests",
            EPOCH: "One epoch"}[mode]
    title = f"## {what}: {model}{f', dropout {dropout:g}' if dropout else ''}, {where}"
    order = [peer.name for peer in PEERS]
    records.sort(key=lambda r: (order.index(r["peer"]) if r["peer"] in order else 99,
                                r["environment"], r["batch"]))
    if any(record.get("clock") == "processor" for record in records):
        title += ", by processor time"
    body = {LATENCY: latencies, EPOCH: epochs}.get(mode, rates)
    return [title, "", *body(records), ""]


def lines(records):
    """A line a record for who waits: rates, and how many times a peer's rate ours is with as precise
    products."""
    rated = [record for record in records if record.get("rates")]
    ours = {precision(record): record for record in rated if is_ours(record)}
    for record in rated:
        our = None if is_ours(record) else ours.get(precision(record))
        beside = f"; ours ÷ this {ratio(our, record)}" if our else ""
        yield f"batch {record['batch']}: {label(record)}: {spread(record)} samples/s{beside}"


def precision(record):
    return next((name for name in ("TF32", "bfloat16") if name in record["peer"]), "floats")


def label(record):
    return record["peer"] + ("" if is_ours(record) else f" ({record['environment']})")


def rates(records):
    """Samples a second by batch size, and how many times each peer's rate ours is."""
    batches = sorted({r["batch"] for r in records})
    cells = {(label(r), r["batch"]): r for r in records}
    by_turns = {(label(r), r["turns"]): r for r in records}
    names = list(dict.fromkeys(label(r) for r in records))
    ours = list(dict.fromkeys(label(r) for r in records if is_ours(r)))
    yield "| samples/s at batch | " + " | ".join(map(str, batches)) + " | start-up s | peak MiB |"
    yield "|---|" + "---|" * (len(batches) + 2)
    for name in names:
        row = [cells.get((name, batch)) for batch in batches]
        last = next(r for r in reversed(row) if r)
        startup = f"{last['startup']:.1f}" if last.get("startup") else ""
        memory = f"{last['peakMemory'] / 2**20:.0f}" if last.get("peakMemory") else ""
        yield f"| {name} | " + " | ".join(map(spread, row)) + f" | {startup} | {memory} |"
    if not ours or len(names) == len(ours):
        return
    yield ""
    yield "| ours ÷ theirs | " + " | ".join(f"{o}: {b}" for o in ours for b in batches) + " |"
    yield "|---|" + "---|" * (len(batches) * len(ours))
    for name in names:
        if name in ours:
            continue
        row = [cells.get((name, batch)) for batch in batches]
        yield f"| {name} | " + " | ".join(
            ratio(by_turns.get((own, their["turns"])) if their else None, their)
            for own in ours for their in row) + " |"


def efficiency(results):
    """How many times LR's training time a model's is: the figure of the paper."""
    rates = {(label(r), r["cores"], r["batch"], r["model"]): r["median"]
             for r in results if r["mode"] == TRAIN and not r["dropout"]}
    rows = [(key, rates[*key[:3], "lr"] / rate) for key, rate in rates.items()
            if key[3] != "lr" and (*key[:3], "lr") in rates]
    if not rows:
        return []
    lines = [f"| {name} | {model} | {batch} | {cores} | {ratio:.2f} |"
             for (name, cores, batch, model), ratio in sorted(rows)]
    return ["## Training time ÷ LR's", "", "| | model | batch | cores | ratio |",
            "|---|---|---|---|---|", *lines, ""]


def spread(record):
    if record is None:
        return "–"
    low, high = min(record["rates"]), max(record["rates"])
    return f"{thousands(record['median'])} ({thousands(low)}–{thousands(high)})"


def thousands(rate):
    return f"{rate / 1e3:.0f} k" if rate >= 99_950 else f"{rate / 1e3:.1f} k"


def ratio(ours, theirs):
    """The median of the rounds' ratios: what slows the machine down for a while slows both."""
    if not ours or not theirs:
        return "–"
    ratios = [own / their for own, their in zip(ours["rates"], theirs["rates"])]
    return f"{statistics.median(ratios):.2f}"


def latencies(records):
    """Milliseconds a request of one user's items; programs with the same beginning took turns."""
    yield "| items a request | ms: median | 90 % | 99 % | slowest | requests | turns began |"
    yield "|---|---|---|---|---|---|---|"
    for r in sorted(records, key=lambda r: r["turns"]):
        times = " | ".join(f"{1e3 * r[key]:.3f}" for key in (
            "median", "percentile90", "percentile99", "slowest"))
        yield f"| {label(r)}, {r['batch']} | {times} | {r['requests']} | {r['turns'][11:16]} |"


def epochs(records):
    """How good a model is after one epoch on the first nine tenths of the rows, on the last tenth."""
    yield "| after one epoch, batch | AUC | LogLoss |"
    yield "|---|---|---|"
    for r in records:
        yield f"| {label(r)}, {r['batch']} | {r['auc']:.4f} | {r['logLoss']:.4f} |"
