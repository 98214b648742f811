#!/usr/bin/env python3
"""What a step of DeepFM-D is expected to take on a GPU that nobody has measured, by batch size.

From the launches that scripts/launches.sh logs, the bytes and arithmetic of each, and a few constants
of an H100. Prints the expected rates with the kernels of 2026-11-28 and with today's; with --kernels
where the time goes at one batch size.

A kernel takes a launch, and then the longest of four things: its bytes at the memory's rate; the
128-byte pieces in which its work-items ask for them, one a clock and multiprocessor; its arithmetic;
and the rounds in which a work-item waits for memory. Forty per cent either way is what to believe of
it; it is there to say which change is worth more.
"""

import argparse
from dataclasses import dataclass

LAUNCH = 2.7e-6  # s of a kernel that does nothing, in a row of others
MEMORY = 2.8e12  # bytes/s that kernels reach of 3.35e12
UNITS, CLOCK = 132, 1.7e9  # multiprocessors; pieces of 128 bytes a second of each
ROUND = 0.6e-6  # s of a round of loads that nothing hides
# FLOP/s that the tiles reach: of 67e12 in floats what their loop leaves (512 of 624 instructions), and for
# TF32 what the issue of its loop allows for (32 of 365 instructions); three products of TF32 take 446
# instructions for what is 365 there.
FLOATS, TF32, TF32X3 = 37e12, 112e12, 112e12 * 365 / 446
HOST = 4e-6  # s of a launch on the host's thread, with a driver

FIELDS, K, HIDDEN = 39, 10, 400
IDS, ROW, LAYER = 4 * FIELDS, 4 * FIELDS * K, 4 * HIDDEN  # bytes a sample


@dataclass
class Kernel:
    name: str
    bytes: float = 0  # a sample, of memory
    pieces: float = 0  # a sample; 0: those of the bytes, side by side
    flops: float = 0  # a sample, of products
    rounds: float = 0  # that a work-item waits for memory
    rounds_each: float = 0  # the same, for each sample of the batch
    fixed_bytes: float = 0
    count: int = 1

    def seconds(self, batch: int, rate: float) -> float:
        moved = (self.bytes * batch + self.fixed_bytes) / MEMORY
        asked = (self.pieces or self.bytes / 128) * batch / (UNITS * CLOCK)
        # Units have nothing to do where there are few work-groups: 128 × 128 numbers each.
        groups = max((batch + 127) // 128 * 4, 1)
        idle = -(-groups // UNITS) * UNITS / groups
        computed = self.flops * batch / rate * (idle if self.flops else 1)
        waited = (self.rounds + self.rounds_each * batch) * ROUND
        return self.count * (LAUNCH + max(moved, asked, computed, waited))


def products() -> list[Kernel]:
    """Three layers: forward, by inputs, and by weights; tiles cover 512 × 512 for 400 × 400."""
    tile = 2 * HIDDEN * 512
    weights = 2 * 512 * 512
    return [
        Kernel("products forward", 2 * LAYER, flops=tile, count=3),
        Kernel("products by inputs", 3 * LAYER, flops=tile, count=3),
        Kernel("products by weights", 2 * LAYER, flops=weights, count=3),
    ]


def ids(passes: int, launches: int, pieces: float, rounds: float) -> Kernel:
    """A sort of places, `launches` in all; each pass reads and writes ids and places."""
    return Kernel(
        "distinct ids", passes * 4 * IDS / launches, pieces / launches, rounds=rounds, count=launches
    )


BEFORE = [
    Kernel("lookup 39×10", IDS + 2 * ROW, pieces=FIELDS * 22 * 0.8, rounds=12),
    Kernel("lookup 39×1", 2 * IDS, pieces=FIELDS * 2, rounds=8),
    Kernel("interaction", ROW, pieces=624, rounds=39),
    Kernel("sums and copies", 12, count=6),
    Kernel("single output", LAYER, pieces=400, rounds=25),
    Kernel("loss", 16, rounds=16, rounds_each=1 / 64 / 8, count=2),
    ids(5, 24, pieces=24 * 70, rounds=5),
    Kernel("output layer back", 3 * LAYER / 5, rounds=8, rounds_each=1 / 64 / 8 / 5, count=5),
    Kernel("biases", LAYER / 2, rounds=4, rounds_each=1 / 64 / 8, count=6),
    *products(),
    Kernel("sums of parts", 0, fixed_bytes=33 * 4 * HIDDEN * HIDDEN, count=3),
    Kernel("interaction back", 3 * ROW, pieces=1872, rounds=117),
    Kernel("sums by id, k = 1", IDS, pieces=FIELDS * 4, rounds=16, rounds_each=1 / 64 / 8, count=4),
    Kernel("sums by id, k = 10", ROW / 2, pieces=FIELDS * 22 / 2, rounds=50, count=2),
    Kernel("updates", 30, fixed_bytes=3e5, count=11),
]
AFTER = [
    Kernel("lookup 39×10", IDS + 2 * ROW, pieces=(IDS + 2 * ROW) / 128 * 1.5, rounds=4),
    Kernel("lookup 39×1", 2 * IDS, pieces=FIELDS, rounds=4),
    Kernel("interaction", ROW, pieces=ROW / 128 * 1.7, rounds=5),
    Kernel("sum of logits", 16),
    Kernel("single output", LAYER, rounds=4),
    Kernel("loss", 16, rounds=3, count=2),
    ids(2, 8, pieces=8 * 20, rounds=4),
    Kernel("output layer back", 3 * LAYER / 2, rounds=4, count=2),
    *products(),
    Kernel("sums of parts", 0, fixed_bytes=33 * 4 * HIDDEN * (HIDDEN + 1), count=3),
    Kernel("interaction back", 2 * ROW, pieces=3 * ROW / 128 * 1.7, rounds=10),
    Kernel("sums by id", (IDS + ROW) / 2, pieces=FIELDS * 3 / 2, rounds=12, count=2),
    Kernel("bias of the first order", 4, rounds=1, rounds_each=1 / 256 / 4 / 8),
    Kernel("updates", 330, fixed_bytes=14e6, rounds=3),
]


def expected(kernels: list[Kernel], batch: int, rate: float, host: float) -> float:
    """Samples a second by what is slower: device, or host, of `host` ns a sample beside launches."""
    device = sum(kernel.seconds(batch, rate) for kernel in kernels)
    launches = sum(kernel.count for kernel in kernels)
    return batch / max(device, launches * HOST + host * 1e-9 * batch)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", type=int, nargs="+", default=[4096, 16384, 65536, 262144])
    parser.add_argument("--host", type=float, nargs=2, default=(25, 15), metavar="NS", help="before, after")
    parser.add_argument(
        "--kernels", type=int, metavar="BATCH", help="µs of each kernel at one batch size instead"
    )
    arguments = parser.parse_args()
    if arguments.kernels:
        for title, kernels in (("before", BEFORE), ("after", AFTER)):
            print(f"{title}: {sum(kernel.count for kernel in kernels)} launches")
            for kernel in kernels:
                took = 1e6 * kernel.seconds(arguments.kernels, TF32)
                print(f"  {kernel.name:24} {kernel.count:3} × {took / kernel.count:8.1f} µs")
        return
    print("expected of an H100, millions of samples a second: the kernels of 2026-11-28, and these")
    print(f"{'batch':>8} {'products in':>12} {'before':>8} {'after':>8} {'ratio':>6}")
    for batch in arguments.batches:
        for name, before, after in (
            ("floats", FLOATS, FLOATS),
            ("tf32x3", FLOATS, TF32X3),
            ("tf32", TF32, TF32),
        ):
            old = expected(BEFORE, batch, before, arguments.host[0])
            new = expected(AFTER, batch, after, arguments.host[1])
            print(f"{batch:8} {name:>12} {old / 1e6:8.1f} {new / 1e6:8.1f} {new / old:6.2f}")


if __name__ == "__main__":
    main()
