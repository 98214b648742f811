#!/usr/bin/env python3
"""ab-log.py ROWS USERS [LIFT] [SEED]: the log of a test as CSV on standard output, made as it is read.

Columns user, arm, time, click and order, in the order of time; users of different activity and click rates.
Needs numpy.

    Benchmarks/ab-log.py 100000000 5000000 | deepfm ab analyze - --test test.yaml
"""

import sys

import numpy as np

BLOCK = 1 << 18
DAYS = 7
START = 1_767_571_200


def digits(table, column, numbers, width):
    """Writes numbers with leading zeros into columns of a table of characters."""
    for place in range(width - 1, -1, -1):
        numbers, digit = np.divmod(numbers, 10)
        table[:, column + place] = digit + ord("0")


def main():
    rows, users = int(sys.argv[1]), int(sys.argv[2])
    lift = float(sys.argv[3]) if len(sys.argv) > 3 else 0.02
    random = np.random.default_rng(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    rates = (0.02 + 0.06 * random.random(users, dtype=np.float32)).astype(np.float32)
    arms = random.random(users, dtype=np.float32) < 0.5
    rates[arms] *= 1 + lift
    out = sys.stdout.buffer
    out.write(b"user,arm,time,click,order\n")
    template = np.frombuffer(b"u0000000,A,0000000000,0,0\n", np.uint8)
    for first in range(0, rows, BLOCK):
        count = min(BLOCK, rows - first)
        # Some come often, most seldom: the square of a uniform number.
        user = (users * random.random(count) ** 2).astype(np.int64)
        click = random.random(count, dtype=np.float32) < rates[user]
        order = click & (random.random(count, dtype=np.float32) < 0.2)
        time = START + ((first + np.arange(count)) * (DAYS * 86_400) // rows)
        table = np.tile(template, (count, 1))
        digits(table, 1, user, 7)
        table[:, 9] += arms[user]
        digits(table, 11, time, 10)
        table[:, 22] += click
        table[:, 24] += order
        out.write(table.tobytes())


if __name__ == "__main__":
    main()
