#!/usr/bin/env python3
"""hostile.py DEEPFM RUN COUNT: so many requests that no client should send, from several connections: HTTP
that is none, sizes that lie, bodies changed by one who knows their structure, in both encodings, packed and
not, and clients that are slow or leave. Each that is answered gets a 4xx (or 200, where a change did no
harm); the server lives, and its memory does not grow."""

import gzip
import json
import random
import socket
import struct
import sys
import threading
import time

from server import memory, serve

deepfm, run, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
THREADS = 4
statuses, lock, failures = {}, threading.Lock(), []
WORDS = [b"[", b"]", b"{", b"}", b",", b":", b'"', b"\\", b"null", b"-1", b"1e999", b"9" * 40, b"[" * 200,
         b"\\u0000", b"\\ud800", b"\x00", b"\xff\xfe", b'"shape":[4294967296]',
         b'"shape":[9223372036854775807,2]', b'"binary_data_size":18446744073709551615',
         b'"datatype":"FP64"', b'"data":[[]]', b'"parameters":7', b'"id":{}']


def bodies(chance, inputs):
    """A sound request, its path and headers."""
    rows = chance.choice([1, 2, 3])
    if chance.random() < 0.4:
        row = {name: chance.choice([None, "x", 3, -1.5, True]) for name, kind in inputs if kind == "BYTES"}
        return "/v1/models/clicks:predict", json.dumps({"shared": {}, "instances": [row] * rows}).encode(), {}
    tensors, binary = [], b""
    is_binary = chance.random() < 0.6
    for name, kind in inputs:
        tensor = {"name": name, "shape": [rows], "datatype": kind}
        if is_binary:
            value = struct.pack("<I", 2) + b"ab" if kind == "BYTES" else struct.pack("<d", 1.5)
            part = value * rows
            tensor["parameters"] = {"binary_data_size": len(part)}
            binary += part
        else:
            tensor["data"] = ["ab" if kind == "BYTES" else 1.5] * rows
        tensors.append(tensor)
    head = json.dumps({"inputs": tensors}).encode()
    headers = {"Inference-Header-Content-Length": str(len(head))} if is_binary else {}
    return "/v2/models/clicks/infer", head + binary, headers


def mutated(chance, body):
    body = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(body) + 1)
        kind = chance.randrange(6)
        if kind == 0 and place < len(body):
            body[place] = chance.randrange(256)
        elif kind == 1:
            body[place:place] = chance.choice(WORDS)
        elif kind == 2:
            del body[place:place + chance.randint(1, 9)]
        elif kind == 3:
            del body[place:]
        elif kind == 4:
            body[place:place] = body[place:place + 40]
        elif place < len(body):
            body[place] ^= 1 << chance.randrange(8)
    return bytes(body)


def request(chance, inputs):
    """The bytes to send, and whether an answer is owed."""
    path, body, headers = bodies(chance, inputs)
    kind = chance.random()
    length = None
    if kind < 0.75:
        body = mutated(chance, body)
    elif kind < 0.80:
        lie = chance.choice([-1, 0, 1, len(body), 10**12, "x", ""])
        headers["Inference-Header-Content-Length"] = str(lie)
    elif kind < 0.84:
        path = chance.choice(["/", "//", "/v2/models/%00/infer", "/v1/models/" + "a" * 5000, "*", "/v2/%ff",
                              "/v2/models/../../x", "/v2/repository/models/nobody/load",
                              "/v1/models/clicks:predict?x=%zz"])
    elif kind < 0.90:
        packed = gzip.compress(chance.choice([body, b"{" * 200_000, b"[" * (6 << 20)]))
        body = mutated(chance, packed) if chance.random() < 0.5 else packed
        headers["Content-Encoding"] = chance.choice(["gzip", "deflate", "br"])
    elif kind < 0.94:
        length = chance.choice([0, 1, 10**9, 10**30, -5, len(body) - 1])
    elif kind < 0.97:
        more = range(chance.choice([5, 150]))
        headers.update({f"X-{number}": "y" * chance.choice([1, 400]) for number in more})
    else:
        request = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" % path.encode()
        return mutated(chance, request), False
    method = chance.choice(["POST", "POST", "POST", "GET", "PUT", "BREW"])
    # What is no HTTP, or too many headers, ends the connection: its answer may be lost with the unread.
    owed = length is None and method != "BREW" and len(headers) < 90
    lines = [f"{method} {path} HTTP/1.1", "Host: x"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body) if length is None else length}", "Connection: close"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body, owed


def ask(port, data, chance, owed):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        try:
            connection.sendall(data)
            if chance.random() < 0.02:
                return None  # A client that leaves.
            if not owed:
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            while part := connection.recv(1 << 16):
                answer += part
            return answer
        except OSError:
            return b""


def work(number, port, inputs, rounds):
    chance = random.Random(seed * 1000 + number)
    for _ in range(rounds):
        data, owed = request(chance, inputs)
        try:
            answer = ask(port, data, chance, owed)
        except OSError as error:
            failures.append(f"{error} after {data[:200]}")
            return
        if answer is None:
            continue
        status = int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0
        with lock:
            statuses[status] = statuses.get(status, 0) + 1
        if status and status != 200 and not 400 <= status < 500 or owed and not status and len(data) < 60_000:
            failures.append(f"{status} for {data[:3000]!r}")


def slow(port, until, closed):
    """Sends a byte now and then, and wants to be closed."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(1)
        began = time.time()
        while time.time() < until:
            try:
                start = b"POST /v1/models/clicks:predict HTTP/1.1\r\nX: "
                connection.sendall(b"P" if time.time() - began > 1 else start)
                if connection.recv(1) == b"":
                    raise ConnectionResetError
            except TimeoutError:
                continue
            except OSError:
                closed.append(time.time() - began)
                return


with serve(deepfm, run, "--name", "clicks") as (process, address):
    port = int(address.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /v2/models/clicks HTTP/1.0\r\n\r\n")
        answer = b""
        while part := connection.recv(1 << 16):
            answer += part
    metadata = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    inputs = [(each["name"], each["datatype"]) for each in metadata["inputs"]]
    closed = []
    slows = [threading.Thread(target=slow, args=(port, time.time() + 40, closed)) for _ in range(8)]
    for each in slows:
        each.start()
    # What the first ones leave behind is not growth.
    warm = min(max(count // 10, 500), 5000)
    for rounds, what in [(warm, "begin"), (count - warm, "grow")]:
        first = 100 if what == "grow" else 0
        threads = [threading.Thread(target=work, args=(first + number, port, inputs, rounds // THREADS))
                   for number in range(THREADS)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        if what == "begin":
            before = memory(process)
    for each in slows:
        each.join()
    after = memory(process)
    assert not failures, "\n".join(failures[:5])
    assert len(closed) == len(slows), f"{len(closed)} of {len(slows)} slow clients were closed"
    assert after < before + 64, f"memory grew from {before:.0f} to {after:.0f} MiB"
print(f"{sum(statuses.values())} hostile requests: {dict(sorted(statuses.items()))}; "
      f"{len(closed)} slow clients closed "
      f"after {max(closed):.0f} s at most; memory {before:.0f} MiB, then {after:.0f} MiB")
