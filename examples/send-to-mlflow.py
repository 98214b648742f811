#!/usr/bin/env python3
"""Sends finished runs to an MLflow server, by its REST interface: send-to-mlflow.py URL EXPERIMENT RUN...

Each run folder becomes a run of MLflow: settings as parameters, the scalars of events.jsonl as metrics.
It needs nothing but Python.
"""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

MOST_METRICS = 1000  # of a call
MOST_PARAMETERS = 100


def call(url, path, **body):
    request = urllib.request.Request(f"{url}/api/2.0/mlflow/{path}", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def experiment(url, name):
    try:
        return call(url, "experiments/create", name=name)["experiment_id"]
    except urllib.error.HTTPError as error:
        if error.code != 400:
            raise
    query = urllib.parse.urlencode({"experiment_name": name})
    with urllib.request.urlopen(f"{url}/api/2.0/mlflow/experiments/get-by-name?{query}") as answer:
        return json.load(answer)["experiment"]["experiment_id"]


def parts(items, size):
    return (items[first:first + size] for first in range(0, len(items), size))


def send(url, experiment_id, folder):
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    lines = (folder / "config.yaml").read_text().splitlines()
    settings = [line.split(": ", 1) for line in lines if ": " in line]
    run = call(url, "runs/create", experiment_id=experiment_id, run_name=folder.name,
               start_time=int(1000 * events[0]["time"]))["run"]["info"]["run_id"]
    for some in parts(settings, MOST_PARAMETERS):
        call(url, "runs/log-batch", run_id=run, params=[{"key": key, "value": value} for key, value in some])
    metrics = [{"key": name, "value": value, "step": event["step"], "timestamp": int(1000 * event["time"])}
               for event in events for name, value in event["scalars"].items()]
    for some in parts(metrics, MOST_METRICS):
        call(url, "runs/log-batch", run_id=run, metrics=some)
    call(url, "runs/update", run_id=run, status="FINISHED", end_time=int(1000 * events[-1]["time"]))
    print(f"{folder}: {len(metrics)} metrics")


def main(url, name, *folders):
    experiment_id = experiment(url, name)
    for folder in folders:
        send(url, experiment_id, Path(folder))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
