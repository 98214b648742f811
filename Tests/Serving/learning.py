#!/usr/bin/env python3
"""learning.py DEEPFM RUN LOG ROWS: a day in small. A server is asked for rows of the log in pages of 1 to
40, in the row form and by the Open Inference Protocol, half of the pages with the first column shared; what
became of them is told, some of it twice, or of nobody. The log is joined, must have the rows and labels
that were meant, with the values that were sent, and trains as it is."""

import csv
import http.client
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile

from server import serve

deepfm, run, log, count = sys.argv[1:]
work = tempfile.mkdtemp()
chance = random.Random(1)
with open(log, newline="") as file:
    rows = list(itertools.islice(csv.DictReader(file), int(count)))
label = next(name for name in ["label", "click"] if name in rows[0])


def command(*arguments):
    result = subprocess.run([deepfm, *arguments], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


with serve(deepfm, run, "--name", "clicks", "--log", f"{work}/requests",
           "--log-file-size", "50K") as (_, address):
    connection = http.client.HTTPConnection(address.removeprefix("http://"))

    def post(path, body, expected=200, unit=None):
        connection.request("POST", path, json.dumps(body), {"X-DeepFM-Unit": unit} if unit else {})
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status == expected, (answer.status, text)
        return json.loads(text), answer.headers

    connection.request("GET", "/v2/models/clicks")
    inputs = json.loads(connection.getresponse().read())["inputs"]
    columns = [each["name"] for each in inputs]
    sent, told, place = [], [], 0
    while place < len(rows):
        page = rows[place:place + chance.randrange(1, 41)]
        place += len(page)
        shared = {columns[0]: page[0][columns[0]]} if chance.random() < 0.5 else {}
        each = [name for name in columns if name not in shared]
        for row in page:
            row.update(shared)
        named = chance.random() < 0.7
        identity = {"id": f"page {place}"} if named else {}
        if chance.random() < 0.5:
            body = {**identity, "shared": shared, "place": list(range(1, len(page) + 1)),
                    "instances": [{name: row[name] for name in each if row[name]} for row in page]}
            answer, headers = post("/v1/models/clicks:predict", body, unit=page[0][columns[0]])
            scores = answer["predictions"]
        else:
            body = {**identity, "inputs": [
                {"name": name, "datatype": "BYTES", "shape": [1 if name in shared else len(page)],
                 "data": [row[name] for row in (page[:1] if name in shared else page)]} for name in columns]}
            answer, headers = post("/v2/models/clicks/infer", body)
            scores = answer["outputs"][0]["data"]
        name = identity.get("id") or headers["X-Request-ID"]
        for number, (row, score) in enumerate(zip(page, scores)):
            sent.append((name, number, row, score))
            one = {"id": name, "outcome": int(row[label])} | ({} if len(page) == 1 else {"row": number})
            # Of clicks all is told, of the others some; and some twice.
            if row[label] == "1" or chance.random() < 0.3:
                told += [one] * chance.choice([1, 1, 1, 2])
    chance.shuffle(told)
    lost = 0
    while told:
        some, told = told[:50], told[50:]
        if chance.random() < 0.5:
            some.append({"id": f"nobody {len(told)}", "outcome": 1})
            lost += 1
        post("/feedback", {"feedback": some} if len(some) > 1 else some[0])
    post("/feedback", {"id": sent[0][0], "row": 0, "event": "order", "outcome": True})
    one = {"id": "x", "outcome": 1}
    for wrong in [{}, {"id": "x"}, {**one, "outcome": 2}, {**one, "row": -1}, {"feedback": 1},
                  {**one, "propensity": 0}, {**one, "event": "a b"}]:
        post("/feedback", wrong, 400)
    connection.request("GET", "/metrics")
    metrics = connection.getresponse().read().decode()
    assert 'deepfm_log_lost_total{reason="queue"} 0' in metrics, metrics

assert len(os.listdir(f"{work}/requests")) > 1
join = ["join", f"{work}/requests", "--until", "2100-01-01", "--run", run, "--schema-out",
        f"{work}/joined.yaml"]
command(*join, "--out", f"{work}/joined.jsonl")
told = json.loads(command(*join, "--out", f"{work}/again.jsonl", "--json", "--memory", "1M"))
with open(f"{work}/joined.jsonl", "rb") as first, open(f"{work}/again.jsonl", "rb") as second:
    text = first.read()
    assert text == second.read(), "joined again it is another log"
joined = [json.loads(line) for line in text.splitlines()]
assert len(joined) == len(sent) == told["rows"], (len(joined), len(sent), told)
assert told["unmatched"] == lost and told["other_events"] == 1 and told["doubled"] > 0, told
for line, (name, number, row, score) in zip(joined, sent):
    assert (line["request"]["id"], line["request"]["row"]) == (name, number), (line, name, number)
    assert line["click"] == int(row[label]), (line, row)
    assert line["request"]["probability"] == score, (line, score)
    assert line["request"].get("place", number + 1) == number + 1, line
    assert [line.get(name, "") for name in columns] == [row[name] for name in columns], (line, row)
command("train", "--train", f"{work}/joined.jsonl", "--schema", f"{work}/joined.yaml", "--split", "random",
        "--model", "deepfm-d", "--epochs", "1", "--out", f"{work}/trained")
print(f"{len(sent)} rows served, logged, joined with their labels and trained on; "
      f"{told['doubled']} said twice, {lost} of nobody")
