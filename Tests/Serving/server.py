"""A server under test: started, asked for its address, and stopped as an operator would."""

import contextlib
import csv
import itertools
import json
import signal
import subprocess
import threading


def rows_of(log, count):
    """The first rows of a log without their labels, as requests have them."""
    with open(log, newline="") as file:
        rows = list(itertools.islice(csv.DictReader(file), count))
    return [{name: row[name] for name in row if name not in ("label", "click")} for row in rows]


def start(deepfm, *arguments, before=()):
    """Runs `deepfm serve` at a free port until it is killed; gives its process and its address."""
    process = subprocess.Popen([*before, deepfm, "serve", *arguments, "--port", "0"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    line = process.stdout.readline()
    assert line.startswith("listening at "), line
    return process, line.split()[-1]


@contextlib.contextmanager
def serve(deepfm, *arguments):
    """Runs `deepfm serve` at a free port; gives its process and its address, and wants it to end well."""
    process = subprocess.Popen(
        [deepfm, "serve", *arguments, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True)
    process.log = []

    def read():
        for line in process.stderr:
            process.log.append(line)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        line = process.stdout.readline()
        if not line.startswith("listening at "):
            process.wait()
            reader.join()
            raise SystemExit(f"no server: {line}{''.join(process.log)}")
        yield process, line.split()[-1]
        code, said = process.poll(), "".join(process.log[-5:])
        assert code is None, f"the server ended by itself: {code} {said}"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, f"SIGTERM: exit code {process.returncode}"
        reader.join()
        ended = [json.loads(line) for line in process.log if line.startswith("{")][-1]
        assert ended["message"] == "ended", ended
    finally:
        process.kill()


def memory(process):
    """Resident memory in MiB."""
    with open(f"/proc/{process.pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024
