#!/usr/bin/env python3
"""swaps.py DEEPFM RUN OTHER LOG COUNT: so many new versions under load, every fifth of them damaged. No
request fails, none is answered by two models, each damaged version is refused, and one call goes back."""

import csv
import http.client
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

from server import memory, serve

deepfm, *runs, log, count = sys.argv[1:]
models = tempfile.mkdtemp()
SIZES = [1, 7, 40, 150]
with open(log, newline="") as file:
    rows = list(itertools.islice(csv.DictReader(file), sum(SIZES)))


def predicted(run):
    text = subprocess.run([deepfm, "predict", run, log], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True).stdout
    return [float(line) for line in itertools.islice(text.split("\n"), len(rows))]


answers = [predicted(run) for run in runs]
assert answers[0] != answers[1]
of_version = {}


def add(version, which, damaged=False):
    """A folder appears whole: it is renamed once it is written."""
    staged, place = f"{models}/.staged", f"{models}/clicks/{version}"
    os.makedirs(staged)
    shutil.copy(f"{runs[which]}/model.deepfm", staged)
    if damaged:
        with open(f"{staged}/model.deepfm", "r+b") as file:
            file.seek(os.path.getsize(file.name) // 2)
            byte = file.read(1)
            file.seek(-1, 1)
            file.write(bytes([byte[0] ^ 1]))
    else:
        of_version[str(version)] = which
    os.makedirs(f"{models}/clicks", exist_ok=True)
    os.rename(staged, place)


def post(address, path, body=b""):
    try:
        with urllib.request.urlopen(urllib.request.Request(address + path, body)) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


add(1, 0)
with serve(deepfm, "--models", models, "--watch", "0") as (process, address):
    columns = [each["name"] for each in
               json.loads(urllib.request.urlopen(f"{address}/v2/models/clicks").read())["inputs"]]
    done, failures, asked = threading.Event(), [], [0] * len(SIZES)

    def load(number):
        first = sum(SIZES[:number])
        part = slice(first, first + SIZES[number])
        body = json.dumps({"instances": [{name: row[name] for name in columns} for row in rows[part]]})
        connection = http.client.HTTPConnection(address.removeprefix("http://"))
        while not done.is_set():
            connection.request("POST", "/v1/models/clicks:predict", body)
            response = connection.getresponse()
            answer = json.loads(response.read())
            which = of_version.get(answer.get("model_version"))
            if response.status != 200 or which is None or answer["predictions"] != answers[which][part]:
                failures.append((response.status, str(answer)[:200]))
            asked[number] += 1

    threads = [threading.Thread(target=load, args=(number,)) for number in range(len(SIZES))]
    for each in threads:
        each.start()
    refused, serving = 0, 1
    for swap in range(2, int(count) + 2):
        damaged = swap % 5 == 0
        add(swap, swap % 2, damaged)
        status, said = post(address, "/v2/repository/models/clicks/load",
                            json.dumps({"parameters": {"version": str(swap)}}).encode())
        if damaged:
            assert status == 400 and b"do not match their checksum" in said, (status, said)
            refused += 1
        else:
            assert status == 200, (status, said)
            serving = swap
        state = json.loads(urllib.request.urlopen(f"{address}/v2/models/clicks").read())["versions"]
        assert state == [str(serving)], (state, serving)
        if swap == min(10, int(count) + 1):
            before = memory(process)
    assert post(address, "/v2/repository/models/clicks/rollback")[0] == 200
    state = json.loads(urllib.request.urlopen(f"{address}/v2/models/clicks").read())["versions"]
    assert state != [str(serving)], state
    done.set()
    for each in threads:
        each.join()
    assert not failures, failures[:5]
    after = memory(process)
print(f"{count} versions, {refused} of them damaged and refused; {sum(asked)} answers meanwhile, "
      f"each of one version; "
      f"memory {before:.0f} MiB, then {after:.0f} MiB")
shutil.rmtree(models)
