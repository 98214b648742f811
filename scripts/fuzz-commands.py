#!/usr/bin/env python3
"""fuzz-commands.py DEEPFM [--runs N] [--seed S] [--table FILE] [--only WORD...]: commands under failing disks
and streams.

First a sweep: each command with each kind of fault; with --only just those commands whose names have one of
the words. Then N runs at random: a command, a fault, a moment.
What must hold of each:
- no trap: it ends by itself with 0, 1, 64 (usage), 130 or 143, or by the signal that it was sent;
- a result has its final name only when it is whole: the same bytes as without the fault;
- a fault that cost output is no success, and one that cost nothing no failure;
- after all of that the same command, without the fault (and with --resume where it asks for that), gives the
  same result.
Whoever may mount a small disk has one; elsewhere a file's length is limited."""

import argparse
import collections
import hashlib
import io
import json
import math
import os
import pathlib
import pickle
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import types
import zipfile
import zlib

arguments = argparse.ArgumentParser()
arguments.add_argument("deepfm")
arguments.add_argument("--runs", type=int, default=60)
arguments.add_argument("--seed", type=int, default=int(time.time()))
arguments.add_argument("--table", help="write the sweep as a table of Markdown")
arguments.add_argument("--only", nargs="*", default=[""], help="words of the commands' names to sweep")
options = arguments.parse_args()
deepfm = os.path.abspath(options.deepfm)
chance = random.Random(options.seed)

work = pathlib.Path(tempfile.mkdtemp(prefix="deepfm-fuzz-", dir=os.environ.get("TMPDIR", "/var/tmp")))
shared = work / "shared"
shared.mkdir()
os.environ["HOME"] = str(work)  # pocl's cache and the program's own
settings = "--device reference --model lr --epochs 2 --batch-size 64"

# Each: arguments, with S for the folder of inputs; the results it makes, and those that are the same bytes
# every time. A result that ends in / is a folder.
COMMANDS = {
    "train": (f"train --train S/log.csv --schema infer --out run {settings}", ["run/"]),
    "train --data": (f"train --data S/data --out run {settings}", ["run/"]),
    "evaluate": ("evaluate S/run S/log.csv --device reference", []),
    "predict": ("predict S/run S/log.csv --device reference", []),
    "predict --out": ("predict S/run S/log.csv --device reference --out scores.txt", ["scores.txt"]),
    "predict parquet": ("predict S/run S/log.csv --device reference --out scores.parquet --with label",
                        ["scores.parquet"]),
    "export": ("export own", ["own/"]),
    "export safetensors": ("export S/run --format safetensors --out made.safetensors", ["made.safetensors"]),
    "import": ("import S/deepfm.pt --model deepfm-d --label click --out run", ["run/"]),
    "delta make": ("delta make S/run S/later --out made.delta", ["made.delta"]),
    "delta apply": ("delta apply S/run S/made.delta --out later.deepfm", ["later.deepfm"]),
    "metrics": ("metrics S/scores.csv", []),
    "models": ("models", []),
    "demo": ("demo --movielens S/ml --device reference", []),
    "compare": ("compare --train S/log.csv --models lr fm --seeds 1 --out all --devices reference --epochs 1 "
                "--batch-size 64", ["all/"]),
    "study": ("study --train S/log.csv --models deepfm-d --vary activation --hidden 4 --seeds 1 --out all "
              "--devices reference --epochs 1 --batch-size 64", ["all/"]),
    "days": (f"days --train S/days.csv --time time --first-days 2 --out all {settings}", ["all/"]),
    "report": ("report own", ["own/"]),
    "join": ("join S/requests.jsonl --out joined.jsonl --until 2026-11-30T00:00Z", ["joined.jsonl"]),
    "ab assign": ("ab assign S/test.csv --unit user --seed fuzz", []),
    "ab plan": ("ab plan --log S/test.csv --test S/test.yaml --lift 0.1", []),
    "ab analyze": ("ab analyze S/test.csv --test S/test.yaml --html page.html", ["page.html"]),
    "ab off-policy": (
        "ab off-policy S/test.csv --reward click --propensity p --target q --repetitions 50", []),
    "market run": (
        "market run --users 30 --items 20 --new-items 2 --candidates 6 --places 2 --requests 1 "
        "--aa-days 1 --ab-days 1 --epochs 1 --hidden 4 --embedding-size 2 --offline --device reference "
        "--out all", ["all/"]),
    "inspect": ("inspect S/log.csv --html page.html", ["page.html"]),
    "inspect --json": ("inspect S/log.csv --json", []),
    "rows": ("rows S/log.csv", []),
    "history": ("history S/log.csv --schema S/histories.yaml --out long.csv", ["long.csv"]),
    "schema infer": ("schema infer S/log.csv", []),
    "schema infer --out": ("schema infer S/log.csv --out schema.yaml", ["schema.yaml"]),
    "schema show": ("schema show criteo", []),
    "encode": ("encode S/log.csv --schema infer --split random --out data", ["data/"]),
    "encode quarantine": ("encode S/bad.csv --on-error quarantine --out data", ["data/", "rejected.txt"]),
    "encode-count": ("encode-count S/log.csv --schema infer --out part.counts", ["part.counts"]),
    "encode-merge": ("encode-merge S/part.counts --out all.encoder", ["all.encoder"]),
    "encode-apply": ("encode-apply S/log.csv --encoder S/all.encoder --out data", ["data/"]),
    "encode-join": ("encode-join S/applied --out data", ["data/"]),
    "verify-data": ("verify-data S/data", []),
    "generate": ("generate --rows 3000 --out made.csv --test later.csv", ["made.csv", "later.csv"]),
    "generate -": ("generate --rows 3000 --out -", []),
    "devices": ("devices", []),
    "doctor": ("doctor --device cpu --quick --only first", []),
    "verify": ("verify --train S/log.csv --schema infer --device cpu --model lr --steps 2", []),
    "bench": ("bench reading S/log.csv", []),
    "help": ("train --help", []),
}
# Timings are in them, or the time of day.
VARYING = {"devices", "doctor", "verify", "bench", "demo"}
# What a signal ends keeps what it has so far, under its name.
ENDED = {"train", "train --data", "days"}
# What does not write over its result: a signal behind the last step leaves it whole, and the same command
# refuses it.
REFUSING = {"encode-apply", "encode-join"}
# What was interrupted is kept where it began, and the same command asks how to go on: with that option.
GOES_ON = {"days": ("all.partial", "--resume")}


def environment():
    made = dict(os.environ)
    made["COLUMNS"] = "100"
    return made


def place(folder, text):
    words = [f"{shared}/{word[2:]}" if word.startswith("S/") else word for word in text.split()]
    return [deepfm] + words


def run(command, folder, *, stdin=subprocess.DEVNULL, stdout=None, stderr=None, closed=(), limit=None,
        stop=None):
    """Runs a command in a folder; returns its code, and what it said where that was kept."""

    def prepare():
        for descriptor in closed:
            os.close(descriptor)
        if limit is not None:
            # Writing beyond it is an error and no signal, as on a full disk.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    said = {}
    files = []
    for name, given in (("out", stdout), ("err", stderr)):
        if given is None:
            given = open(work / f"std{name}", "w+b")
            said[name] = given
        files.append(given)
    process = subprocess.Popen(
        command, cwd=folder, stdin=stdin, stdout=files[0], stderr=files[1], env=environment(),
        preexec_fn=prepare, restore_signals=limit is None)
    try:
        if stop:
            time.sleep(stop[1])
            process.send_signal(stop[0])
        code = process.wait(timeout=300)
    except subprocess.TimeoutExpired:
        process.kill()
        code = "hangs"
    texts = {}
    for name, file in said.items():
        file.seek(0)
        texts[name] = file.read().decode(errors="replace")
        file.close()
    return code, texts.get("out", ""), texts.get("err", "")


def prepare_inputs():
    def need(text, folder=shared):
        code, out, err = run(place(folder, text), folder)
        if code != 0:
            sys.exit(f"cannot prepare: {text}: {code}\n{err}")
        return out

    need("generate --rows 3000 --out log.csv")
    need(f"train --train log.csv --schema infer --out run {settings}")
    need("encode log.csv --schema infer --split random --out data")
    lines = (shared / "log.csv").read_text().splitlines()
    bad = [line if number % 50 or number == 0 else line + ",,," for number, line in enumerate(lines)]
    (shared / "bad.csv").write_text("\n".join(bad) + "\n")
    (shared / "histories.yaml").write_text(
        "fields:\n  - {name: seen, kind: multivalued, history: {of: item, by: user}}\n")
    label = lines[0].split(",").index("label") if "label" in lines[0].split(",") else 0
    scores = need("predict run log.csv --device reference").split()
    (shared / "scores.csv").write_text("label,score\n" + "".join(
        f"{line.split(',')[label]},{score}\n" for line, score in zip(lines[1:], scores)))
    (shared / "test.csv").write_text("user,arm,click,p,q\n" + "".join(
        f"u{n % 200},{'ab'[n % 200 % 2]},{n * n % 7 // 6},0.5,{0.25 + n % 3 / 4}\n" for n in range(2000)))
    (shared / "test.yaml").write_text(
        "unit: user\narm: arm\narms: {a: 0.5, b: 0.5}\nmetrics: {ctr: {ratio: click}}\n")
    (shared / "days.csv").write_text("time,label,user,item\n" + "".join(
        f"2026-11-{1 + n // 300:02}T12:00:00Z,{n * n % 5 // 4},u{n % 17},i{n % 23}\n" for n in range(1200)))
    with open(shared / "requests.jsonl", "w") as log:
        for n in range(900):
            at = {"id": f"r{n}", "time": f"2026-11-29T{n // 60:02}:{n % 60:02}:00Z"}
            asked = {"type": "scored", **at, "model": "m", "version": "1", "arm": "stable", "rows": 2,
                     "probability": [0.25, 0.5], "shared": {"user": f"u{n % 9}"},
                     "instances": [{"item": f"i{n % 7}"}, {"item": f"i{n % 5}"}]}
            clicked = {"type": "feedback", **at, "row": n % 2, "event": "click", "outcome": 1}
            log.write(f"{json.dumps(asked)}\n{json.dumps(clicked)}\n")
    need(f"train --train log.csv --from run --new-ids --out later {settings}")
    need("delta make run later --out made.delta")
    table = "embedding_dict.%s.weight"
    write_checkpoint(shared / "deepfm.pt", {
        f"linear_model.{table}" % "user": (900, 1), f"linear_model.{table}" % "item": (400, 1),
        table % "user": (900, 8), table % "item": (400, 8), "dnn.linears.0.weight": (32, 16),
        "dnn.linears.0.bias": (32,), "dnn_linear.weight": (1, 32), "out.bias": (1,)})
    need("encode-count log.csv --schema infer --out part.counts")
    need("encode-merge part.counts --out all.encoder")
    need("encode-apply log.csv --encoder all.encoder --out applied")
    movies = shared / "ml"
    movies.mkdir()
    ratings = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    (movies / "ml-100k.inter").write_text(ratings + "".join(
        f"{1 + n % 40}\t{1 + n * n % 60}\t{1 + n * 7 % 5}\t{880000000 + n}\n" for n in range(1200)))
    (movies / "ml-100k.user").write_text(
        "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n" + "".join(
            f"{n}\t{20 + n}\t{'MF'[n % 2]}\tother\t0000{n % 7}\n" for n in range(1, 41)))
    (movies / "ml-100k.item").write_text(
        "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n" + "".join(
            f"{n}\tTitle {n}\t19{50 + n % 50}\tDrama Comedy\n" for n in range(1, 61)))


def write_checkpoint(path, shapes):
    """What `torch.save` makes of a dictionary of tensors, without PyTorch: a pickle that names its functions,
    and the numbers of each tensor, in an archive."""
    utilities = types.ModuleType("torch._utils")
    exec("def _rebuild_tensor_v2(): pass", vars(utilities))
    torch = types.ModuleType("torch")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})

    class Storage:
        def __init__(self, key, size):
            self.id = ("storage", torch.FloatStorage, key, "cpu", size)

    class Tensor:
        def __init__(self, key, shape):
            strides = tuple(math.prod(shape[axis + 1:]) for axis in range(len(shape)))
            self.parts = (Storage(key, math.prod(shape)), 0, shape, strides, False, collections.OrderedDict())

        def __reduce__(self):
            return utilities._rebuild_tensor_v2, self.parts

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return value.id if isinstance(value, Storage) else None

    text = io.BytesIO()
    sys.modules |= {"torch": torch, "torch._utils": utilities}
    Pickler(text, 2).dump({name: Tensor(str(key), shape) for key, (name, shape) in enumerate(shapes.items())})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", text.getvalue())
        for key, shape in enumerate(shapes.values()):
            numbers = [math.sin(number) for number in range(math.prod(shape))]
            archive.writestr(f"model/data/{key}", struct.pack(f"<{len(numbers)}f", *numbers))


def fresh(base, name):
    """A folder to run in."""
    folder = base / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copytree(shared / "run", folder / "own")
    return folder


def contents(folder, results):
    """The bytes of what a command makes: a hash for each file with a final name, and of the folders' own."""
    found = {}
    for result in results:
        path = folder / result.rstrip("/")
        files = sorted(path.rglob("*")) if path.is_dir() else [path] if path.exists() else []
        for file in files:
            # What is under way has another name, or its folder has; so have a folder's lock and journal.
            hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
            if file.is_file() and not file.name.endswith(".tmp") and not hidden:
                found[without_time(file.relative_to(folder))] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def without_time(file):
    """A file's path, of a file named after the time that it was begun one like all such."""
    return str(file.with_name(EVENTS) if file.name.startswith(EVENTS) else file)


def is_whole(folder, name, found, plain):
    """Whether a file is what it is without a fault; or, with times in it, has an end."""
    if found == plain.get(name):
        return True
    if name.endswith(EVENTS):
        [file] = (folder / name).parent.glob(f"{EVENTS}*")
        return are_whole_events(file.read_bytes())
    file = folder / name
    data = file.read_bytes()
    if name.endswith(".jsonl"):
        return data.endswith(b"\n") and all(is_json(line) for line in data.splitlines())
    if name.endswith(".json"):
        return is_json(data)
    if name.endswith(".html"):
        return data.rstrip().endswith(b"</html>")
    return name.endswith((".md", ".csv", ".yaml")) and data.endswith(b"\n") and name not in STABLE


def is_json(data):
    try:
        json.loads(data)
        return True
    except ValueError:
        return False


def are_whole_events(data):
    """Whether TensorBoard's records, each with its length and two checksums, end where the file does."""
    place = 0
    while place < len(data):
        place += 8 + 4 + int.from_bytes(data[place:place + 8], "little") + 4
    return place == len(data) > 0


def is_whole_model(file):
    """Whether a model's file is as long as it says and has its checksum."""
    data = file.read_bytes()
    return (data.startswith(b"DEEPFM") and int.from_bytes(data[16:24], "little") == len(data)
            and int.from_bytes(data[-4:], "little") == zlib.crc32(data[:-4]))


EVENTS = "events.out.tfevents"
STABLE = {"made.csv", "later.csv", "schema.yaml", "scores.txt", "rejected.txt"}
TRAPS = {-signal.SIGILL, -signal.SIGTRAP, -signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGFPE}
problems = []


def problem(name, fault, text):
    problems.append(f"{name} under {fault}: {text}")
    print(f"PROBLEM {problems[-1]}", flush=True)


class Small:
    """A disk that is soon full; nothing where nothing may be mounted."""

    def __init__(self, size):
        self.path = work / "small"
        self.path.mkdir(exist_ok=True)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", self.path]
        self.mounted = subprocess.run(mount, stderr=subprocess.DEVNULL).returncode == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.mounted:
            subprocess.run(["umount", self.path], check=True)


def check(name, fault, folder, code, err, base, *, allowed, sent=None, partial=True):
    """Holds an outcome against what must hold."""
    results = COMMANDS[name][1]
    if code == "hangs":
        return problem(name, fault, "hangs")
    if code in TRAPS or code in (132, 133, 134, 139) or "Fatal error" in err:
        return problem(name, fault, f"trap, {code}: {err[-600:]}")
    if code not in allowed:
        problem(name, fault, f"code {code}, not of {sorted(allowed)}: {err[-300:]}")
    if code == 1 and fault.startswith("disk") and not err.strip():
        problem(name, fault, "an error without a word")
    found = contents(folder, results)
    whole = {file: is_whole(folder, file, digest, base["files"]) for file, digest in found.items()}
    if sent is not None:
        # A training that a signal ends keeps the best model until then.
        whole |= {file: is_whole_model(folder / file) for file in found if file.endswith(".deepfm")}
    broken = sorted(file for file, good in whole.items() if not good)
    if broken:
        problem(name, fault, f"partial or other result: {', '.join(broken)}")
    missing = sorted(set(base["files"]) - set(found))
    # A run and an encoded dataset are there as a whole; a comparison grows run by run.
    for result in results:
        if result in ("run/", "data/") and (folder / result).exists():
            lost = [file for file in missing if file.startswith(result)]
            if lost:
                problem(name, fault, f"half a folder: {', '.join(lost)} missing")
    if code == 0 and missing:
        problem(name, fault, f"success without {', '.join(missing)}")
    left = [str(file.relative_to(folder)) for file in folder.rglob("*.tmp")]
    if left and sent is None:
        problem(name, fault, f"left behind: {', '.join(left)}")


def again(name, fault, folder, base, is_signal=False):
    """The same command once more, without the fault."""
    results = COMMANDS[name][1]
    if (name in ENDED or is_signal and name in REFUSING) and (folder / results[0]).exists():
        return
    begun, option = GOES_ON.get(name, ("", ""))
    goes_on = f" {option}" if begun and (folder / begun).exists() else ""
    code, _, err = run(place(folder, COMMANDS[name][0] + goes_on), folder)
    if code != 0:
        return problem(name, fault, f"afterwards the same command ends with {code}: {err[-300:]}")
    found = contents(folder, results)
    for file in sorted(base["files"]):
        if file not in found or not is_whole(folder, file, found[file], base["files"]):
            problem(name, fault, f"afterwards {file} is another one")


def baseline(name):
    folder = fresh(work, "plain")
    began = time.time()
    code, out, err = run(place(folder, COMMANDS[name][0]), folder)
    if code != 0:
        sys.exit(f"{name} fails without a fault ({code}): {err}")
    files = contents(folder, COMMANDS[name][1])
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    own = sum(file.stat().st_size for file in (folder / "own").rglob("*") if file.is_file())
    base = {"out": out, "err": err, "seconds": time.time() - began, "files": files, "size": size - own}
    return base


def writes(base, stream):
    return bool(base["out" if stream == "stdout" else "err"])


def fault_stream(name, base, stream, kind, after=0):
    folder = fresh(work, "cut")
    fault = f"{stream} {kind}"
    command = place(folder, COMMANDS[name][0])
    given = {}
    if kind == "full":
        given[stream] = open("/dev/full", "wb")
    elif kind == "closed":
        given["closed"] = (1 if stream == "stdout" else 2,)
    elif kind == "cut":
        reader, writer = os.pipe()
        given[stream] = os.fdopen(writer, "wb")
        if os.fork() == 0:
            os.close(writer)
            while after > 0:
                got = os.read(reader, min(after, 4096))
                if not got:
                    break
                after -= len(got)
            os._exit(0)
        os.close(reader)
    code, _, err = run(command, folder, **given)
    if kind == "cut":
        given[stream].close()
        os.wait()
    if name in VARYING or kind == "cut":
        allowed = {0, 1}
    else:
        allowed = {1} if writes(base, stream) else {0}
    check(name, fault, folder, code, err, base, allowed=allowed)
    return code


def fault_stdin(name, base):
    folder = fresh(work, "cut")
    code, _, err = run(place(folder, COMMANDS[name][0]), folder, closed=(0,))
    check(name, "stdin closed", folder, code, err, base, allowed={0})
    return code


def fault_disk(name, base, share):
    size = max(int(base["size"] * share), 4096)
    with Small(size + 300_000) as small:
        if small.mounted:
            folder = fresh(small.path, "cut")
            # What is there beforehand leaves just so much room.
            with open(small.path / "filler", "wb") as filler:
                free = os.statvfs(small.path)
                room = free.f_bavail * free.f_frsize - size
                filler.write(bytes(max(room, 0)))
            code, _, err = run(place(folder, COMMANDS[name][0]), folder)
            check(name, f"disk full at {share:.2f}", folder, code, err, base, allowed={0, 1})
            (small.path / "filler").unlink()
            subprocess.run(["mount", "-o", "remount,size=64m", small.path], check=True)
            if code != 0:
                again(name, f"disk full at {share:.2f}", folder, base)
            return code
    return fault_limit(name, base, share)


def fault_limit(name, base, share):
    folder = fresh(work, "cut")
    limit = max(int(base["size"] * share), 100)
    code, _, err = run(place(folder, COMMANDS[name][0]), folder, limit=limit)
    check(name, f"files up to {limit} bytes", folder, code, err or "?", base, allowed={0, 1})
    if code != 0:
        again(name, f"files up to {limit} bytes", folder, base)
    return code


def fault_signal(name, base, number, share):
    folder = fresh(work, "cut")
    fault = f"{signal.Signals(number).name} at {share:.2f}"
    code, _, err = run(place(folder, COMMANDS[name][0]), folder, stop=(number, base["seconds"] * share))
    check(name, fault, folder, code, err, base, allowed={0, -number, 128 + number}, sent=number)
    if code != 0:
        again(name, fault, folder, base, is_signal=True)
    return code


def sweep(bases):
    """Each command with each kind once; returns the table's rows."""
    kinds = [
        ("stdout full", lambda n, b: fault_stream(n, b, "stdout", "full")),
        ("stdout closed", lambda n, b: fault_stream(n, b, "stdout", "closed")),
        ("stdout cut", lambda n, b: fault_stream(n, b, "stdout", "cut", 10)),
        ("stderr full", lambda n, b: fault_stream(n, b, "stderr", "full")),
        ("stderr closed", lambda n, b: fault_stream(n, b, "stderr", "closed")),
        ("stdin closed", fault_stdin),
        ("full disk", lambda n, b: fault_disk(n, b, 0.5) if b["files"] else None),
        ("SIGTERM", lambda n, b: fault_signal(n, b, signal.SIGTERM, 0.5)),
        ("SIGKILL", lambda n, b: fault_signal(n, b, signal.SIGKILL, 0.5)),
    ]
    rows = []
    for name, base in bases.items():
        codes = []
        for _, fault in kinds:
            code = fault(name, base)
            codes.append("–" if code is None else str(code if code == "hangs" or code >= 0 else 128 - code))
        rows.append((name, codes))
        print(f"{name}: " + ", ".join(f"{kind} {code}" for (kind, _), code in zip(kinds, codes)), flush=True)
    return [kind for kind, _ in kinds], rows


def main():
    prepare_inputs()
    bases = {name: baseline(name) for name in COMMANDS}
    chosen = {name: base for name, base in bases.items() if any(word in name for word in options.only)}
    kinds, rows = sweep(chosen)
    if options.table:
        with open(options.table, "w") as table:
            table.write("| command | " + " | ".join(kinds) + " |\n|" + "---|" * (len(kinds) + 1) + "\n")
            for name, codes in rows:
                table.write(f"| `{name}` | " + " | ".join(codes) + " |\n")
    names = list(COMMANDS)
    for _ in range(options.runs):
        name = chance.choice(names)
        base = bases[name]
        kind = chance.choice(
            ["stdout", "stderr", "disk", "disk", "limit", "kill", "kill", "term", "term", "int"])
        if kind in ("stdout", "stderr"):
            fault_stream(name, base, kind, chance.choice(["full", "closed", "cut"]), chance.randrange(2000))
        elif kind == "disk" and base["files"]:
            fault_disk(name, base, chance.random() * 1.2)
        elif kind == "limit" and base["files"]:
            fault_limit(name, base, chance.random() * 1.2)
        elif kind in ("kill", "term", "int"):
            number = {"kill": signal.SIGKILL, "term": signal.SIGTERM, "int": signal.SIGINT}[kind]
            fault_signal(name, base, number, chance.random() * 1.1)
    print(f"{len(chosen)} of {len(COMMANDS)} commands, {len(kinds)} kinds, {options.runs} runs at random "
          f"with seed {options.seed}: {len(problems)} problems")
    return 1 if problems else 0


try:
    status = main()
finally:
    shutil.rmtree(work, ignore_errors=True)
sys.exit(status)
