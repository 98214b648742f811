#!/usr/bin/env python3
"""What a step of DeepFM-D on several ranks sends and takes: formulas, held against what was measured.

    Benchmarks/ranks-model.py --step MS --own MS --ids ROWS:DISTINCT ... [--batch 8192]

--step is a step of one rank with as many pieces, --own what of it every rank repeats (the last additions, the
update), and --ids how many distinct ids so many rows have: `mpirun -n P deepfm bench train` prints them.
39 fields, k = 10, hidden 400-400-400, a million features, as that command makes them.

With p ranks, d dense numbers, tables of w numbers a row, U(n) distinct ids of n rows and a batch of B rows,
each rank sends a step

    dense parts  2 (p - 1)/p * 4 (d + 1)                       the least that a sum to all takes
    tables       (p - 1)/p * 4 (1 + w) * (U(B/p) + U(B))       rows of its ids to their owners, sums to all
    sharded      (p - 1)/p * 4 (1 + 2 w) * U(B/p)              ids, rows, gradients: tables by row over ranks

and a step takes (T - R)/p + R + bytes/bandwidth + messages * latency, T being --step and R --own: nothing is
overlapped.
"""

import argparse
import math

DENSE = 391 * 400 + 2 * 401 * 400 + 401 + 1  # weights and biases of the layers, the first-order bias
TABLES = 11  # numbers a row: the vector and the first-order weight
MESSAGES = 10  # exchanges a step, with those of sizes
NETWORKS = [  # bytes/s of a rank each way that a stream reaches, seconds of an exchange
    ("1 Gb/s Ethernet", 0.117e9, 60e-6),
    ("25 Gb/s Ethernet, a rank a machine", 2.8e9, 25e-6),
    ("100 Gb/s InfiniBand EDR", 11.5e9, 2e-6),
    ("200 Gb/s InfiniBand HDR", 23e9, 2e-6),
]


def distinct(rows: float, known: dict[int, int]) -> float:
    """Distinct ids of so many rows: between two known numbers along a power."""
    points = sorted(known.items())
    below = max((p for p in points if p[0] <= rows), default=points[0])
    above = min((p for p in points if p[0] >= rows), default=points[-1])
    if below == above:
        below, above = (points[-2], points[-1]) if rows >= points[-1][0] else (points[0], points[1])
    if below[0] == above[0]:
        return below[1]
    power = math.log(above[1] / below[1]) / math.log(above[0] / below[0])
    return below[1] * (rows / below[0]) ** power


def sent(ranks: int, batch: int, known: dict[int, int]) -> dict[str, float]:
    share = (ranks - 1) / ranks
    own, all_ids = distinct(batch / ranks, known), distinct(batch, known)
    return {
        "dense": 2 * share * 4 * (DENSE + 1),
        "tables": share * 4 * (1 + TABLES) * (own + all_ids),
        "sharded": share * 4 * (1 + 2 * TABLES) * own,
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--step", type=float, required=True)
    parser.add_argument("--own", type=float, required=True)
    parser.add_argument("--ids", nargs="+", required=True)
    parser.add_argument("--batch", type=int, default=8192)
    given = parser.parse_args()
    known = {int(pair.split(":")[0]): int(pair.split(":")[1]) for pair in given.ids}

    print(f"batch {given.batch}: sent a step and rank, MB\n")
    print("| ranks | dense | tables, replicated | tables, sharded |\n|---|---|---|---|")
    for ranks in (2, 4, 8, 16, 64):
        parts = sent(ranks, given.batch, known)
        print(f"| {ranks} | " + " | ".join(f"{parts[name] / 1e6:.2f}" for name in parts) + " |")

    for title, batch in (("The batch shared out", lambda p: given.batch),
                         ("So many rows a rank", lambda p: given.batch * p)):
        print(f"\n{title}: times as fast as one rank (share of the step on the way)\n")
        print("| network | " + " | ".join(f"{p} ranks" for p in (2, 4, 8, 16, 64)) + " |")
        print("|---" * 6 + "|")
        for name, bandwidth, latency in NETWORKS:
            cells = []
            for ranks in (2, 4, 8, 16, 64):
                rows = batch(ranks)
                step = given.step * 1e-3 * rows / given.batch
                # What every rank repeats grows with the distinct ids.
                own = given.own * 1e-3 * distinct(rows, known) / distinct(given.batch, known)
                parts = sent(ranks, rows, known)
                way = (parts["dense"] + parts["tables"]) / bandwidth + MESSAGES * latency
                total = max(step - own, 0) / ranks + own + way
                cells.append(f"{step / total:.1f} ({way / total:.0%})")
            print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
