#!/usr/bin/env python3
"""What a step of DeepFM-D is expected to take on a GPU that nobody has measured, by batch size.

From the launches that scripts/launches.sh logs, the bytes and arithmetic of each, and a few constants
of an H100. Prints the expected rates with the kernels of 2026-11-28 and with today's; with --kernels
where the time goes at one batch size.

A kernel takes a launch, and then the longest of five things: its bytes at the memory's rate; the
128-byte pieces in which its work-items ask for them, one a clock and multiprocessor; its arithmetic;
what its tiles ask of the second cache; and the rounds in which a work-item waits for memory. Forty per
cent either way is what to believe of it; it is there to say which change is worth more.
"""

import argparse
from dataclasses import dataclass

LAUNCH = 2.7e-6  # s of a kernel that does nothing, in a row of others
MEMORY = 2.8e12  # bytes/s that kernels reach of 3.35e12
UNITS, CLOCK = 132, 1.7e9  # multiprocessors; pieces of 128 bytes a second of each
ROUND = 0.6e-6  # s of a round of loads that nothing hides
CACHE = 5e12  # bytes/s of the second cache
HOST = 4e-6  # s of a launch on the host's thread, with a driver

FIELDS, K, HIDDEN = 39, 10, 400
IDS, ROW, LAYER = 4 * FIELDS, 4 * FIELDS * K, 4 * HIDDEN  # bytes a sample


# Of 67e12 in floats a loop of 624 instructions, 512 of them multiplications, is taken to leave 37e12, and one
# of 365 with 32 of tensor cores 112e12 in TF32; others are in proportion to these (scripts/ptx.sh).
def issued(arithmetic: str, multiplications: int, instructions: int) -> float:
    if arithmetic == "floats":
        return 37e12 * multiplications / 512 * 624 / instructions
    products = 3 if arithmetic == "tf32x3" else 1
    return 112e12 * 365 / 32 * multiplications / instructions / products


@dataclass
class Tiles:
    """What a work-group of a product computes; and of its main loop the multiplications, the instructions
    and those where tiles are not whole, by what factors are rounded to."""

    rows: int
    columns: int
    loops: dict[str, tuple[int, int, int]]

    def seconds(self, arithmetic: str, rows: int, depth: int, is_whole: bool, cuts_depth: bool) -> float:
        """A product of `rows` by HIDDEN: units compute a tile after the other."""
        tiles = -(-rows // self.rows) * -(-HIDDEN // self.columns)
        parts = max(min(4 * UNITS // tiles, depth // 128), 1) if cuts_depth else 1
        rounds = -(-tiles * parts // UNITS)
        multiplications, whole, others = self.loops[arithmetic]
        from_cache = 4 * (self.rows + self.columns) / (2 * self.rows * self.columns)  # bytes a FLOP
        rate = min(issued(arithmetic, multiplications, whole if is_whole else others), CACHE / from_cache)
        return rounds * 2 * self.rows * self.columns * depth / parts / (rate / UNITS)

    def time_to_choose(self, arithmetic: str, rows: int, depth: int, cuts_depth: bool) -> float:
        """What the host takes it for, see ProductTiles.swift."""
        tiles = -(-rows // self.rows) * -(-HIDDEN // self.columns)
        parts = max(min(4 * UNITS // tiles, depth // 128), 1) if cuts_depth else 1
        reading = 16 if arithmetic == "floats" else 80
        return -(-tiles * parts // UNITS) * (self.rows + reading) / parts


OLD = {"floats": (512, 624, 624), "tf32": (32, 365, 365), "tf32x3": (48, 223, 223)}
SQUARE = [Tiles(128, 128, OLD)]
# In the order of ProductTiles.swift.
FIFTHS = [
    Tiles(160, 80, {"floats": (640, 714, 794), "tf32": (50, 231, 569), "tf32x3": (75, 238, 377)}),
    Tiles(128, 80, {"floats": (512, 587, 674), "tf32": (40, 197, 503), "tf32x3": (60, 217, 327)}),
    Tiles(64, 80, {"floats": (256, 324, 384), "tf32": (20, 141, 340), "tf32x3": (30, 133, 216)}),
]


@dataclass
class Kernel:
    name: str
    bytes: float = 0  # a sample, of memory
    pieces: float = 0  # a sample; 0: those of the bytes, side by side
    tiles: list[Tiles] | None = None  # of a product of the batch by a layer
    is_by_weights: bool = False
    is_whole: bool = True
    rounds: float = 0  # that a work-item waits for memory
    rounds_each: float = 0  # the same, for each sample of the batch
    fixed_bytes: float = 0
    count: int = 1

    def seconds(self, batch: int, arithmetic: str) -> float:
        moved = (self.bytes * batch + self.fixed_bytes) / MEMORY
        asked = (self.pieces or self.bytes / 128) * batch / (UNITS * CLOCK)
        computed = self.product_seconds(batch, arithmetic) if self.tiles else 0.0
        waited = (self.rounds + self.rounds_each * batch) * ROUND
        return self.count * (LAUNCH + max(moved, asked, computed, waited))

    def product_seconds(self, batch: int, arithmetic: str) -> float:
        rows, depth = (HIDDEN, batch) if self.is_by_weights else (batch, HIDDEN)
        tiles = min(
            self.tiles, key=lambda one: one.time_to_choose(arithmetic, rows, depth, self.is_by_weights)
        )
        return tiles.seconds(arithmetic, rows, depth, self.is_whole, self.is_by_weights)


def products(tiles: list[Tiles]) -> list[Kernel]:
    """Three layers: forward, by inputs, and by weights. Rows of the first one's 390 inputs do not begin at
    whole vectors."""
    return [
        Kernel("products forward", 2 * LAYER, tiles=tiles, count=2),
        Kernel("the first one", 2 * LAYER, tiles=tiles, is_whole=False),
        Kernel("products by inputs", 3 * LAYER, tiles=tiles, count=3),
        Kernel("products by weights", 2 * LAYER, tiles=tiles, is_by_weights=True, count=2),
        Kernel("those of the first", 2 * LAYER, tiles=tiles, is_by_weights=True, is_whole=False),
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
    *products(SQUARE),
    Kernel("sums of parts", 0, fixed_bytes=33 * 4 * HIDDEN * HIDDEN, count=3),
    Kernel("interaction back", 3 * ROW, pieces=1872, rounds=117),
    Kernel("sums by id, k = 1", IDS, pieces=FIELDS * 4, rounds=16, rounds_each=1 / 64 / 8, count=4),
    Kernel("sums by id, k = 10", ROW / 2, pieces=FIELDS * 22 / 2, rounds=50, count=2),
    Kernel("updates", 30, fixed_bytes=3e5, count=11),
]
AFTER = [
    Kernel("rows gathered", 2 * IDS + 60, pieces=13, rounds=2),
    Kernel("lookup 39×10", IDS + 2 * ROW, pieces=(IDS + 2 * ROW) / 128 * 1.5, rounds=4),
    Kernel("lookup 39×1", 2 * IDS, pieces=FIELDS, rounds=4),
    Kernel("interaction", ROW, pieces=ROW / 128 * 1.7, rounds=5),
    Kernel("sum of logits", 16),
    Kernel("single output", LAYER, rounds=4),
    Kernel("loss", 16, rounds=3, count=2),
    ids(2, 8, pieces=8 * 20, rounds=4),
    Kernel("output layer back", 3 * LAYER / 2, rounds=4, count=2),
    *products(FIFTHS),
    Kernel("sums of parts", 0, fixed_bytes=35 * 4 * HIDDEN * (HIDDEN + 1), count=3),
    Kernel("interaction back", 2 * ROW, pieces=3 * ROW / 128 * 1.7, rounds=10),
    # Four of a piece's 64 places are under way at once.
    Kernel("sums by id", (IDS + ROW) / 2, pieces=FIELDS * 3 / 2, rounds=18, count=2),
    Kernel("bias of the first order", 4, rounds=1, rounds_each=1 / 256 / 4 / 8),
    Kernel("updates", 330, fixed_bytes=14e6, rounds=3),
]


def expected(kernels: list[Kernel], batch: int, arithmetic: str, host: float) -> float:
    """Samples a second by what is slower: device, or host, of `host` ns a sample beside launches."""
    device = sum(kernel.seconds(batch, arithmetic) for kernel in kernels)
    launches = sum(kernel.count for kernel in kernels)
    return batch / max(device, launches * HOST + host * 1e-9 * batch)


def layer_seconds(arithmetic: str, batch: int) -> float:
    """The three products of a layer of 400×400, as the host times them."""
    return sum(
        Kernel("", tiles=FIFTHS, is_by_weights=by_weights).seconds(batch, arithmetic)
        for by_weights in (False, False, True)
    )


def taken_by_auto() -> tuple[str, float]:
    """What `--gemm auto` should take, and how many times as fast it is, see ProductChoice+Measure.swift:
    three products in TF32 only where the device passes the check against what floats may be off by."""
    batch = 256
    while layer_seconds("floats", batch) < 0.005 and batch < 65536:
        batch *= 4
    floats, tensor_cores = (layer_seconds(one, batch) for one in ("floats", "tf32x3"))
    return (
        ("tf32x3", floats / tensor_cores) if tensor_cores < floats else ("floats", tensor_cores / floats)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", type=int, nargs="+", default=[4096, 16384, 65536, 262144])
    parser.add_argument("--host", type=float, nargs=2, default=(25, 2), metavar="NS", help="before, after")
    parser.add_argument(
        "--kernels", type=int, metavar="BATCH", help="µs of each kernel at one batch size instead"
    )
    arguments = parser.parse_args()
    if arguments.kernels:
        for title, kernels in (("before", BEFORE), ("after", AFTER)):
            print(f"{title}: {sum(kernel.count for kernel in kernels)} launches")
            for kernel in kernels:
                took = 1e6 * kernel.seconds(arguments.kernels, "tf32")
                print(f"  {kernel.name:24} {kernel.count:3} × {took / kernel.count:8.1f} µs")
        return
    print("expected of an H100, millions of samples a second: the kernels of 2026-11-28, and these")
    print(f"{'batch':>8} {'products in':>12} {'before':>8} {'after':>8} {'ratio':>6}")
    for batch in arguments.batches:
        for name, before in (("floats", "floats"), ("tf32x3", "floats"), ("tf32", "tf32")):
            old = expected(BEFORE, batch, before, arguments.host[0])
            new = expected(AFTER, batch, name, arguments.host[1])
            print(f"{batch:8} {name:>12} {old / 1e6:8.1f} {new / 1e6:8.1f} {new / old:6.2f}")
    choice, times = taken_by_auto()
    print(
        f"--gemm auto, which is to err no more than floats may, takes {choice}: a layer's products "
        f"{times:.1f} times as fast as in {'floats' if choice == 'tf32x3' else 'tf32x3'} (CLBlast aside)"
    )


if __name__ == "__main__":
    main()
