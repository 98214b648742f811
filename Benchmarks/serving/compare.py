#!/usr/bin/env python3
"""compare.py DEEPFM WORK STEP: one model behind several servers, each on core 0, the load on core 1.

prepare          a log, DeepFM-D on it (39 fields, k = 10, 400 x 3), its ONNX files, bodies of 100 rows
capacity SERVER  the highest rate that it holds, found in open loop
load SERVER [S [SHARE...]]  half of that, and four fifths of it, or other shares, for S seconds each (60)
idle             what bench predict takes on core 0 for 100 rows
table            all that was measured

Servers: deepfm (JSON), deepfm-binary, deepfm-shared (26 columns given once), fastapi (JSON), fastapi-ids,
mlserver (JSON). Environments, as `environment` of scripts/lib.sh makes them: serving-fastapi with fastapi,
uvicorn[standard], onnxruntime, numpy, orjson; serving-mlserver with mlserver==1.7.1, onnxruntime.
"""

import contextlib
import json
import math
import os
import struct
import subprocess
import sys
import time
import urllib.request

deepfm, work, step, *arguments = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))
ITEMS, REQUESTS = 100, 50
COLUMNS = [f"I{number}" for number in range(1, 14)] + [f"C{number}" for number in range(1, 27)]
environment = {**os.environ, "POCL_MAX_PTHREAD_COUNT": "1", "OMP_NUM_THREADS": "1", "SERVING_MODELS": work}
log, run = f"{work}/log.txt", f"{work}/run"


def command(*words, **more):
    return subprocess.run([deepfm, *words], check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def prepare():
    os.makedirs(f"{work}/mlserver", exist_ok=True)
    command("generate", "--rows", "120000", "--format", "criteo", "--out", log)
    # Sizes by name: what fits the log by itself is a smaller network.
    command("train", "--train", log, "--model", "deepfm-d", "--embedding-size", "10",
            "--hidden", "400,400,400", "--batch-norm", "false", "--dropout", "0", "--epochs", "1",
            "--seed", "1", "--out", run)
    command("encode", log, "--out", f"{work}/data")
    command("export", run, "--out", f"{work}/model.onnx")
    command("export", run, "--inputs", "ids", "--out", f"{work}/ids.onnx")
    with open(log) as file:
        rows = [next(file).rstrip("\n").split("\t")[1:] for _ in range(ITEMS * REQUESTS)]
    for name, shared in [("json", 0), ("shared", 26)]:
        for number in range(REQUESTS):
            page = rows[number * ITEMS:(number + 1) * ITEMS]
            inputs = []
            for place, column in enumerate(COLUMNS):
                # The first of the 26 texts stand for a user's columns.
                texts = [row[place] for row in (page[:1] if place >= 39 - shared else page)]
                data = [float(text) if text else None for text in texts] if place < 13 else texts
                inputs.append({"name": column, "datatype": "FP64" if place < 13 else "BYTES",
                               "shape": [len(data)], "data": data})
            with open(f"{work}/{name}-{number}.body", "w") as file:
                json.dump({"inputs": inputs}, file)
    with open(f"{work}/mlserver/settings.json", "w") as file:
        json.dump({"debug": False, "http_port": 19003, "grpc_port": 19013, "metrics_port": 19023,
                   "parallel_workers": 0, "use_structured_logging": False}, file)
    with open(f"{work}/mlserver/model-settings.json", "w") as file:
        json.dump({"name": "clicks", "implementation": "mlserver_model.Clicks"}, file)
    for number in range(REQUESTS):
        values = [(number * 7919 + place * 104_729) % 16_000 for place in range(ITEMS * 39)]
        with open(f"{work}/ids-{number}.body", "wb") as file:
            file.write(struct.pack(f"<{len(values)}i", *values))


def bodies(name):
    return ["--bodies", *(f"{work}/{name}-{number}.body" for number in range(REQUESTS))]


# As long a queue as the others have: every connection may wait.
OURS = [deepfm, "serve", run, "--name", "clicks", "--port", "19001", "--max-queue", "10000"]
FASTAPI = [".cache/serving-fastapi/bin/python", "-m", "uvicorn", "fastapi_app:app", "--app-dir", here,
           "--port", "19002", "--no-access-log", "--log-level", "warning"]
INFER = ["--path", "/v2/models/clicks/infer"]
SERVERS = {
    "deepfm": (OURS, 19001, [*bodies("json"), *INFER]),
    "deepfm-binary": (OURS, 19001, ["--log", log]),
    "deepfm-shared": (OURS, 19001, [*bodies("shared"), *INFER]),
    "fastapi": (FASTAPI, 19002, [*bodies("json"), *INFER]),
    "fastapi-ids": (FASTAPI, 19002, [*bodies("ids"), "--path", "/ids"]),
    "mlserver": ([".cache/serving-mlserver/bin/mlserver", "start", f"{work}/mlserver"], 19003,
                 [*bodies("json"), *INFER]),
}


@contextlib.contextmanager
def serving(name):
    words, port, load = SERVERS[name]
    more = {"PYTHONPATH": here} if name == "mlserver" else {}
    with open(f"{work}/{name}.log", "w") as said:
        process = subprocess.Popen(["taskset", "-c", "0", *words], stdout=said, stderr=said,
                                   env={**environment, **more})
    try:
        while True:
            assert process.poll() is None, open(f"{work}/{name}.log").read()
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/health/ready").close()
                break
            except OSError:
                time.sleep(0.1)
        check(port, load)
        yield ["taskset", "-c", "1", deepfm, "bench", "serve", f"127.0.0.1:{port}", *load,
               "--items", str(ITEMS), "--json"]
    finally:
        process.terminate()
        process.wait()


def check(port, load):
    """A server whose numbers are others' is not compared."""
    if f"{work}/json-0.body" not in load:
        return
    with open(f"{work}/json-0.body", "rb") as file:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v2/models/clicks/infer", file.read(),
                                         {"Content-Type": "application/json"})
    found = json.load(urllib.request.urlopen(request))["outputs"][0]["data"]
    text = subprocess.run([deepfm, "predict", run, "-"], check=True, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL, input="".join(open(log).readlines()[:ITEMS])).stdout
    expected = [float(line) for line in text.split()]
    assert len(found) == ITEMS
    assert all(math.isclose(a, b, abs_tol=2e-6) for a, b in zip(found, expected)), found


def measured(name, words):
    with serving(name) as load:
        text = subprocess.run([*load, *words], check=False, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL, env=environment).stdout
    lines = [json.loads(line) for line in text.splitlines()]
    with open(f"{work}/results.jsonl", "a") as file:
        for line in lines:
            file.write(json.dumps({"server": name, **line}) + "\n")
            print(name, json.dumps(line))
    return lines


def results():
    with open(f"{work}/results.jsonl") as file:
        return [json.loads(line) for line in file]


def table():
    print("| server | load | offered/s | answered/s | p50 ms | p99 ms | p99.9 ms | p99 ms since sent |")
    print("|---|---|---|---|---|---|---|---|")
    for line in results():
        if line["load"] == "capacity":
            print(f"| {line['server']} | capacity | | {line['rate']:.0f} | | | | |")
        else:
            one, times = line["result"], line["result"]["latency"]
            offered = f"{one['offered']:.0f}" if one.get("offered") else ""
            print(f"| {line['server']} | {line['load']} | {offered} | {one['throughput']:.0f} | "
                  f"{times['median']:.2f} | {times['p99']:.2f} | {times['p999']:.2f} | "
                  f"{one['sinceSent']['p99']:.2f} |")


if step == "prepare":
    prepare()
elif step == "capacity":
    measured(arguments[0], ["--shares", "0.3", "--seconds", "1", "--trial", "3"])
elif step == "load":
    rate = [line["rate"] for line in results()
            if line["server"] == arguments[0] and line["load"] == "capacity"][-1]
    seconds = arguments[1] if len(arguments) > 1 else "60"
    for share in arguments[2:] or ["0.5", "0.8"]:
        asked = f"{float(share) * rate:.1f}"
        measured(arguments[0], ["--rates", asked, "--seconds", seconds, "--trial", "2"])
elif step == "idle":
    words = ["taskset", "-c", "0", deepfm, "bench", "predict", "--data", f"{work}/data",
             "--config", f"{run}/config.yaml", "--requests", "100", "--batches", "100", "--rounds", "3"]
    subprocess.run(words, check=True, env=environment)
else:
    table()
