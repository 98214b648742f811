#!/usr/bin/env python3
"""Measures deepfm and its peers in turn, on the same rows and cores, and writes JSON and Markdown.

All programs of a case are started, warmed up one after the other, and then take turns: a round of
each, and again, so that a machine whose speed wanders treats them alike. Results of several calls
with the same --out are put together, so that a long measurement can be made in pieces."""
import argparse
import functools
import json
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import report
from peers import (
    CACHE,
    EPOCH,
    LATENCY,
    PEERS,
    PREDICT,
    ROOT,
    TRAIN,
    Case,
    Settings,
    command,
    environment,
    program,
)


class Failure(Exception):
    pass


class Worker:
    """A program that is measured, in its own process."""

    def __init__(self, peer, surroundings, case, settings):
        self.peer, self.surroundings, self.case = peer, surroundings, case
        self.rounds = []
        if not program(peer, settings).exists():
            raise Failure("not installed")
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command(peer, case, settings), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.errors, text=True,
            env=environment(surroundings, case.cores, settings.device))
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def wait(self, seconds=600):
        """Waits until it is warm."""
        self.facts = self.next(seconds)

    def read(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                self.lines.put(json.loads(line))
        self.lines.put(None)

    def next(self, seconds):
        try:
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            line = None
        if line is None:
            self.process.kill()
            self.errors.seek(0)
            last = [text for text in self.errors.read().splitlines() if text.strip()][-1:]
            raise Failure(last[0] if last else f"no answer within {seconds} s")
        return line

    def round(self):
        before = self.processor_time()
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        round = self.next(seconds=120)
        self.rounds.append(round | {"processor": self.processor_time() - before})

    def processor_time(self):
        """Seconds that all threads of the program have run so far."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def finish(self):
        self.process.stdin.close()
        if self.case.mode != EPOCH:
            self.facts |= self.next(seconds=60)
        self.process.wait()

    def record(self, clock):
        facts = {key: value for key, value in self.facts.items() if key != "versions"}
        record = dict(peer=self.peer.name, environment=self.surroundings, **vars(self.case),
                      versions=self.facts.get("versions", {}), note=self.peer.note)
        if self.case.mode == EPOCH:
            return record | facts.get("epoch", facts)
        record |= {key: facts.get(key) for key in ("startup", "peakMemory")}
        if self.case.mode == LATENCY:
            times = sorted(time for round in self.rounds for time in round["times"])
            at = lambda share: times[min(int(share * len(times)), len(times) - 1)]
            return record | dict(requests=len(times), median=at(0.5), percentile90=at(0.9),
                                 percentile99=at(0.99), slowest=times[-1])
        rates = [round["samples"] / round[clock] for round in self.rounds]
        return record | dict(rates=rates, median=statistics.median(rates), clock=clock)


def measure(case, peers, settings, options, failures):
    """The records of a case, one for each peer and environment."""
    began = time.strftime("%Y-%m-%d %H:%M:%S")
    rounds = 0 if options.warm else options.rounds
    workers = start(case, peers, settings, options, failures)
    if case.mode != EPOCH and rounds > 0:
        take_turns(workers, rounds, options, failures)
    for worker in workers:
        worker.finish()
    return [worker.record(settings.clock) | {"turns": began, "device": settings.device}
            for worker in workers if worker.rounds or case.mode == EPOCH]


def start(case, peers, settings, options, failures):
    """The programs of a case, started and warmed up one after the other, or together."""
    started, warm = [], []

    def attempt(peer, surroundings, action):
        try:
            action()
        except Failure as reason:
            say(f"  {peer.name}: {reason}")
            failures[f"{peer.name} ({surroundings}), {case.mode} {case.model}"] = str(reason)

    # Who is not warm by then takes no part, so that time for rounds is left.
    warm_by = time.monotonic() + (options.end - time.monotonic()) * 0.6

    def wait(worker):
        worker.wait(max(min(warm_by - time.monotonic(), 600), 1))
        warm.append(worker)

    def begin(peer, surroundings):
        worker = Worker(peer, surroundings, case, settings)
        if options.together:
            started.append(worker)
        else:
            wait(worker)

    for peer, surroundings in peers:
        say(f"  starting {peer.name} ({surroundings})")
        attempt(peer, surroundings, functools.partial(begin, peer, surroundings))
    for worker in started:
        attempt(worker.peer, worker.surroundings, functools.partial(wait, worker))
    return warm


def take_turns(workers, rounds, options, failures):
    """Measures rounds of each in turn; one that fails takes no part any more, and none begins after the end.

    A round ahead of them does not count: others may still be warming up while the first are in it."""
    for number in range(rounds + 1):
        if number > 1 and time.monotonic() > options.end:
            say(f"  no time for round {number}")
            break
        say(f"  round {number} of {rounds}" if number else "  a round that does not count")
        for worker in list(workers):
            try:
                worker.round()
            except Failure as reason:
                say(f"  {worker.peer.name}: {reason}")
                failures[f"{worker.peer.name}, {worker.case}"] = str(reason)
                workers.remove(worker)
    for worker in workers:
        del worker.rounds[0]


def say(text):
    print(text, file=sys.stderr, flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--full", action="store_true", help="every peer, batch size and model")
    parser.add_argument("--peers", nargs="+", help="parts of names; default: the most important")
    parser.add_argument("--environments", nargs="+", default=["stock", "tuned"])
    parser.add_argument("--modes", nargs="+", choices=(TRAIN, PREDICT, LATENCY, EPOCH))
    parser.add_argument("--models", nargs="+", choices=("deepfm", "lr", "fm"))
    parser.add_argument("--batches", nargs="+", type=int)
    parser.add_argument("--dropouts", nargs="+", type=float)
    parser.add_argument("--cores", nargs="+", type=int, default=None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="the length of a round")
    parser.add_argument("--processor-time", action="store_true",
                        help="samples a second of processor time, for one core of a busy machine")
    parser.add_argument("--row-count", type=int, default=400_000)
    parser.add_argument("--out", type=Path, help="the JSON file of the results")
    parser.add_argument("--device", help="a device as for deepfm, for instance gpu; without it the "
                        "CPU's cores, a thread each")
    parser.add_argument("--deepfm", type=Path, default=ROOT / ".build/release/deepfm")
    parser.add_argument("--python", type=Path,
                        help="a Python with PyTorch; without it setup.sh makes the environments")
    parser.add_argument("--together", action="store_true",
                        help="start the programs of a case together, on a machine with many cores")
    parser.add_argument("--deadline", type=float, default=float("inf"),
                        help="begin no case and no round after so many seconds")
    parser.add_argument("--warm", action="store_true",
                        help="only start every program once, so that compilers' caches are filled")
    return parser.parse_args()


def cases(options):
    """What is to be measured."""
    full = options.full
    models = options.models or (["deepfm", "lr", "fm"] if full else ["deepfm"])
    batches = options.batches or ([256, 2000, 4096, 10_000] if full else [256, 4096])
    dropouts = options.dropouts or ([0.0, 0.5] if full else [0.0])
    for mode in options.modes or ([TRAIN, PREDICT, LATENCY, EPOCH] if full else [TRAIN]):
        for cores in options.cores or ([1, 2] if full else [1]):
            for model in models:
                if mode == EPOCH:
                    yield Case(mode, model, 2000, cores=cores)
                    continue
                for dropout in dropouts if model == "deepfm" and mode == TRAIN else [0.0]:
                    for batch in [100] if mode == LATENCY else batches:
                        yield Case(mode, model, batch, dropout, cores)


def chosen(case, options):
    """The peers of a case, with their environments."""
    for peer in PEERS:
        if case.mode not in peer.modes or case.model not in peer.models:
            continue
        if case.dropout and not peer.dropout:
            continue
        wanted = peer.gpu if options.device else options.full or peer.main
        if options.peers:
            wanted = any(part.lower() in peer.name.lower() for part in options.peers)
        possible = ("stock",) if options.device else peer.environments
        for surroundings in possible if wanted else ():
            if peer.is_ours or surroundings in options.environments:
                yield peer, surroundings


def main():
    options = arguments()
    options.end = time.monotonic() + options.deadline
    rows = CACHE / f"rows-{options.row_count}"
    settings = Settings(rows, options.row_count, options.seconds, options.deepfm, options.python,
                        options.device, "processor" if options.processor_time else "seconds")
    if not options.python:
        parts = [] if options.full else ["torch", "tuned"]
        subprocess.run([ROOT / "Benchmarks/peers/setup.sh", *parts], check=False)
    if not (rows / "cardinalities.npy").exists():
        say("making the rows")
        subprocess.run([settings.deepfm, "bench", "data", "--rows", str(options.row_count),
                        "--out", rows], check=True)
    out = options.out or ROOT / f"Benchmarks/results/{time.strftime('%Y-%m-%d')}-peers.json"
    results, failures = report.read(out)
    for case in cases(options):
        if time.monotonic() > options.end:
            say(f"no time for {case}")
            continue
        say(str(case))
        records = measure(case, list(chosen(case, options)), settings, options, failures)
        if not options.warm:
            print(*report.lines(records), sep="\n", flush=True)
            results = report.merged(results, records)
            report.write(out, results, failures)
    if not options.warm:
        print(out.with_suffix(".md").read_text())


if __name__ == "__main__":
    main()
