#!/usr/bin/env python3
"""overload.py DEEPFM WORK CAPACITY [SECONDS [TIMES]]: ten times what a server can answer, for a minute.

WORK and CAPACITY are what compare.py prepared and found (deepfm-shared). The server has core 0, the load
core 1. Requests of 100 rows that share 26 columns come at 80 % of the capacity, then at TIMES (10) the
capacity for SECONDS (60), then at 80 % again. Accepted requests should keep their p99 within twice that of
before, refused ones be told within a few milliseconds, memory stay, every answer be right, and the load
after it be served as the one before.
"""

import json
import os
import subprocess
import sys
import threading
import time

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


try:
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
              f"p50 {one['latency']['median']:6.2f}  p99 {one['latency']['p99']:6.2f}  "
              f"p99.9 {one['latency']['p999']:6.2f} ms  refused {one['refused']} "
              f"(p99 {one['refusal']['p99']:.2f} ms)  failed {one['failed']}  different {one['different']}")
    done.set()
    watcher.join()
    print(f"capacity {capacity:.0f}/s; memory {largest[0]:.0f} MiB, at most {max(largest):.0f} MiB")
finally:
    process.kill()
