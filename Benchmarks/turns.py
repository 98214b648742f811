#!/usr/bin/env python3
"""Measures the training of two builds of deepfm in turn, on the same rows and cores.

    Benchmarks/turns.py OLD NEW --batches 256 4096 -- --tables whole --clip-norm 10

OLD and NEW are commands; what follows -- are settings of `deepfm bench train` for both. Prints, for each
batch size, both medians and the median of the ratios, round by round: by processor time, which other
work on the machine disturbs least, and by the clock."""
import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "peers"))
from peers import TRAIN, Case, Peer, Settings
from run import Failure, Worker


def arguments():
    own, _, settings = " ".join(sys.argv[1:]).partition(" -- ")
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--batches", nargs="+", type=int, default=[256, 4096])
    parser.add_argument("--model", default="deepfm-d")
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.6, help="the length of a round")
    parser.add_argument("--row-count", type=int, default=400_000)
    return parser.parse_args(own.split()), tuple(settings.split())


def main():
    options, settings = arguments()
    peer = Peer("deepfm", "ours", "bench", settings)
    print(f"{options.model}, {options.cores} cores, {' '.join(settings) or 'no settings'}")
    for batch in options.batches:
        case = Case(TRAIN, options.model, batch, cores=options.cores)
        workers = [
            Worker(peer, "stock", case,
                   Settings(Path(), options.row_count, options.seconds, deepfm=build.resolve()))
            for build in (options.old, options.new)]
        for worker in workers:
            worker.wait()
        for _ in range(options.rounds):
            for worker in workers:
                worker.round()
        for worker in workers:
            worker.finish()
        for clock in ("processor", "seconds"):
            old, new = ([round["samples"] / round[clock] for round in worker.rounds]
                        for worker in workers)
            ratio = statistics.median(after / before for before, after in zip(old, new))
            print(f"batch {batch}, by {clock}: {statistics.median(old):,.0f} and "
                  f"{statistics.median(new):,.0f} samples/s, ratio {ratio:.2f}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failure as reason:
        sys.exit(f"error: {reason}; OLD and NEW must be commands that know these settings")
