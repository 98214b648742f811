#!/usr/bin/env python3
"""overload.py DEEPFM WORK CAPACITY [SECONDS [TIMES]]: ten times what a server can answer, for a minute.

WORK and CAPACITY are what compare.py prepared and found (deepfm-shared). The server has core 0, the load
core 1. Requests of 100 rows that share 26 columns come at 80 % of the capacity, then at TIMES (10) the
capacity for SECONDS (60), then at 80 % again. Times count from when a request was due and, behind it, from
when it was really sent: the first has what it waited for one of the client's connections.

Accepted requests should keep their p99 within twice that of before, refused ones be told within a few
milliseconds, memory stay, every answer be right, and the load after it be served as the one before. Answers
are held against `deepfm predict` before and after, and in between each against the first one to its request.
"""

import json
import os
import struct
import subprocess
import sys
import threading
import time
import urllib.request

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Tests/Serving"))
from server import memory, start  # noqa: E402

deepfm, work, capacity, *more = sys.argv[1:]
capacity = float(capacity)
seconds, times = (more + ["60", "10"][len(more):])[:2]
os.environ["POCL_MAX_PTHREAD_COUNT"] = "1"
bodies = [f"{work}/shared-{number}.body" for number in range(50)]
# Few rows wait: what is accepted is answered soon, whatever comes.
process, address = start(deepfm, f"{work}/run", "--name", "clicks", "--max-queue", "400",
                         before=["taskset", "-c", "0"])


def load(*words):
    command = ["taskset", "-c", "1", deepfm, "bench", "serve", address, "--bodies", *bodies, "--path",
               "/v2/models/clicks/infer", "--connections", "256", "--trial", "1", "--json", *words]
    result = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            text=True)
    return [json.loads(line) for line in result.stdout.splitlines()]


def both(result, due, sent, *names):
    """Times in ms since a request was due/since it was sent."""
    return "  ".join(f"{name} {result[due][name]:.2f}/{result[sent][name]:.2f}" for name in names)


def check():
    """The answers to all requests are what predict says of the same rows."""
    with open(f"{work}/log.txt") as file:
        rows = [next(file).rstrip("\n").split("\t") for _ in range(5000)]
    # Of each hundred the first one's texts stand for all.
    text = "".join("\t".join(row[:14] + rows[number // 100 * 100][14:]) + "\n"
                   for number, row in enumerate(rows))
    predict = subprocess.run([deepfm, "predict", f"{work}/run", "-"], check=True, input=text, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    expected = predict.stdout.split()
    for number, path in enumerate(bodies):
        with open(path, "rb") as file:
            request = urllib.request.Request(f"{address}/v2/models/clicks/infer", file.read(),
                                             {"Content-Type": "application/json"})
        found = json.load(urllib.request.urlopen(request))["outputs"][0]["data"]
        page = expected[100 * number:100 * number + 100]
        assert [struct.pack("f", a) for a in found] == [struct.pack("f", float(b)) for b in page], path


try:
    check()
    largest, done = [memory(process)], threading.Event()

    def watch():
        while not done.is_set():
            largest.append(memory(process))
            time.sleep(0.2)

    watcher = threading.Thread(target=watch)
    watcher.start()
    steps = [("before", 0.8 * capacity, "10"), ("overload", float(times) * capacity, seconds),
             ("after", 0.8 * capacity, "10")]
    found = {}
    for name, rate, length in steps:
        found[name] = load("--rates", f"{rate:.1f}", "--seconds", length)[-1]["result"]
        one = found[name]
        print(f"{name:9} offered {one['offered']:8.0f}/s  answered {one['throughput']:7.0f}/s  "
              f"{both(one, 'latency', 'sinceSent', 'median', 'p99', 'p999')}  refused {one['refused']} "
              f"{both(one, 'refusal', 'refusalSinceSent', 'median', 'p99')}  "
              f"failed {one['failed']} {one['failures'] or ''}  different {one['different']}")
    done.set()
    watcher.join()
    check()
    print(f"capacity {capacity:.0f}/s; memory {largest[0]:.0f} MiB, at most {max(largest):.0f} MiB")
finally:
    process.kill()
