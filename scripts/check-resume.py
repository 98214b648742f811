#!/usr/bin/env python3
"""check-resume.py DEEPFM LOG RUNS [--ranks N] [--model NAME] [--tables-in PLACE]:
trainings killed at random moments and resumed.

A training is made once in peace. Then the same training is begun again and again with a checkpoint every
tenth of a second, killed with SIGKILL at random moments and resumed until it ends by itself, and its model is
held against the first one, byte for byte; until there were RUNS kills.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("deepfm", type=Path)
    parser.add_argument("log", type=Path)
    parser.add_argument("runs", type=int)
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--model", default="deepfm-d")
    parser.add_argument("--tables-in", help="host or ranks: tables of which a batch's rows travel")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        command = [given.deepfm.resolve(), "train", "--train", given.log.resolve(), "--split", "none",
                   "--model", given.model, "--epochs", "3", "--patience", "0", "--batch-size", "1024",
                   "--dropout", "0.1"]
        if given.tables_in:
            command += ["--tables", "touched", "--tables-in", given.tables_in]
        if given.ranks > 1:
            command = ["mpirun", "--oversubscribe", "-n", str(given.ranks), *command]
        start = time.monotonic()
        train([*command, "--out", work / "whole"]).wait()
        seconds = time.monotonic() - start
        expected = (work / "whole/model.deepfm").read_bytes()
        kills, resumed, far = 0, 0, 0
        while kills < given.runs:
            shutil.rmtree(work / "cut", ignore_errors=True)
            while True:
                process = train([*command, "--checkpoint", "0.1s", "--resume", "--out", work / "cut"])
                try:
                    # At any moment, and now and then not at all, so that each training comes to an end.
                    process.wait(timeout=chance.uniform(0.1, 1.2) * seconds)
                    if process.returncode != 0:
                        sys.exit(f"ended with {process.returncode}: {(work / 'errors').read_text()}")
                except subprocess.TimeoutExpired:
                    found = ranks(process) if given.ranks > 1 else [process.pid]
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(chance.choice(found), signal.SIGKILL)
                    process.wait(timeout=60)
                    kills += 1
                    far += (work / "cut.partial/checkpoint/state.json").exists()
                # One that is killed on its way out has done all that it was to do.
                if (work / "cut").exists():
                    break
            resumed += 1
            if (work / "cut/model.deepfm").read_bytes() != expected:
                sys.exit(f"another model after {kills} kills")
        print(f"{kills} kills, {far} of them with a checkpoint behind them; {resumed} trainings came to the "
              f"same {len(expected)} bytes")

    return 0


def train(command):
    """A training under way."""
    errors = open(Path(command[-1]).parent / "errors", "w")
    allowed = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=errors, env=os.environ | allowed)


def ranks(mpirun):
    """The processes that mpirun has started; itself where there are none yet."""
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(mpirun.pid)], stdout=subprocess.PIPE, text=True).stdout.split()
    return [int(pid) for pid in found] or [mpirun.pid]


if __name__ == "__main__":
    sys.exit(main())
