#!/usr/bin/env python3
"""kills.py DEEPFM RUN LOG COUNT: a server that logs is killed at so many moments under load. Of what it has
answered only the last is lost, within the bound of --log-queue, and no line is torn but the last of a file.
Then joins are killed as often: none leaves half a result, and the join after them has just the rows that
the log has."""

import glob
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

from server import rows_of, start

deepfm, run, log, count = sys.argv[1:]
work = tempfile.mkdtemp()
folder = f"{work}/requests"
chance = random.Random(3)
QUEUE, CLIENTS = 512, 4
rows = rows_of(log, 2000)
lost_most, torn, answered, kept = 0, 0, 0, set()


def ask(address, life, number, said):
    """Asks on and on; keeps what was answered, in its order."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"))
    chance = random.Random(life * 100 + number)
    try:
        for turn in range(10**9):
            name = f"{life}/{number}/{turn}"
            page = chance.sample(rows, chance.choice([1, 1, 2, 8]))
            body = json.dumps({"id": name, "instances": page})
            connection.request("POST", "/v1/models/clicks:predict", body)
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            answer.read()
            said.append(("scored", name))
            connection.request("POST", "/feedback", json.dumps({"id": name, "row": 0, "outcome": turn % 2}))
            answer = connection.getresponse()
            answer.read()
            # 503 means that the log has no room: it was not taken.
            if answer.status == 200:
                said.append(("feedback", name))
    except (OSError, http.client.HTTPException):
        pass


def logged():
    """The lines of all files, and how many files end in a torn one."""
    found, torn = [], 0
    for path in sorted(glob.glob(f"{folder}/*")):
        with open(path, "rb") as file:
            *whole, rest = file.read().split(b"\n")
        torn += rest != b""
        found += [json.loads(line) for line in whole]
    return found, torn


for life in range(int(count)):
    process, address = start(deepfm, run, "--name", "clicks", "--log", folder, "--log-queue", str(QUEUE))
    said = [[] for _ in range(CLIENTS)]
    threads = [threading.Thread(target=ask, args=(address, life, number, said[number]))
               for number in range(CLIENTS)]
    for each in threads:
        each.start()
    time.sleep(chance.uniform(0.02, 1.0))
    process.kill()
    process.wait()
    for each in threads:
        each.join()
    lines, torn = logged()
    kept = {(line["type"], line["id"]) for line in lines}
    missing = 0
    for one in said:
        answered += len(one)
        # From the first that is missing on, all are.
        first = next((place for place, each in enumerate(one) if each not in kept), len(one))
        assert not any(each in kept for each in one[first:]), (life, one[first:])
        missing += len(one) - first
    assert missing <= QUEUE, f"{missing} lines are lost, more than {QUEUE}"
    lost_most = max(lost_most, missing)

out = f"{work}/joined.jsonl"
join = [deepfm, "join", folder, "--until", "2100-01-01", "--out", out]
for _ in range(int(count)):
    process = subprocess.Popen(join, stderr=subprocess.DEVNULL)
    time.sleep(chance.uniform(0, 0.2))
    process.kill()
    process.wait()
    if os.path.exists(out):
        os.remove(out)
subprocess.run(join, check=True, stderr=subprocess.DEVNULL)
with open(out) as file:
    joined = [json.loads(line) for line in file]
lines, _ = logged()
told = {(line["id"], line["row"]): line["outcome"] for line in lines if line["type"] == "feedback"}
expected = [(line["id"], row, told.get((line["id"], row), 0)) for line in lines if line["type"] == "scored"
            for row in range(line["rows"])]
assert [(line["request"]["id"], line["request"]["row"], line["click"]) for line in joined] == expected
print(f"{count} kills of the server: of {answered} answers at most {lost_most} lost at once (bound {QUEUE}), "
      f"{torn} torn lines, each the last of its file; "
      f"{count} kills of joins, then {len(joined)} rows, all right")
