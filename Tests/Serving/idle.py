#!/usr/bin/env python3
"""idle.py DEEPFM RUN LOG: connections that were idle for about as long as the server puts up with, and then
ask, while it is busy. Each is either told that it is closed, or answered. What is closed on a request that
had come is reset: that may happen in the instant in which the server closes, to a few of a hundred where
processors are short, and to no more."""

import json
import random
import select
import socket
import sys
import threading
import time

from server import rows_of, serve

deepfm, run, log = sys.argv[1:]
COUNT, ARRIVAL = 200, 15  # seconds, see ServerOptions
random.seed(1)
rows = rows_of(log, 2000)


def request(instances):
    body = json.dumps({"instances": instances}).encode()
    head = f"POST /v1/models/clicks:predict HTTP/1.1\r\nHost: here\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def keep_busy(place, until):
    with socket.create_connection(place) as connection:
        large = request(rows)
        while time.time() < until:
            connection.sendall(large)
            answer = connection.recv(1 << 20)
            # Its numbers matter elsewhere: until there is nothing more for a while.
            while answer and select.select([connection], [], [], 0.01)[0]:
                answer = connection.recv(1 << 20)


with serve(deepfm, run, "--name", "clicks", "--max-queue", "100000") as (_, address):
    host, port = address.removeprefix("http://").split(":")
    place, small = (host, int(port)), request(rows[:1])
    busy = [threading.Thread(target=keep_busy, args=(place, time.time() + ARRIVAL + 8)) for _ in range(4)]
    for thread in busy:
        thread.start()
    connections = []
    for _ in range(COUNT):
        due = time.time() + ARRIVAL + random.uniform(-0.02, 0.06)
        connections.append((due, socket.create_connection(place)))
        time.sleep(0.02)
    connections.sort(key=lambda pair: pair[0])
    asked, told = [], 0
    for due, connection in connections:
        time.sleep(max(due - time.time(), 0))
        if select.select([connection], [], [], 0)[0]:
            told += 1
            continue
        connection.sendall(small)
        asked.append(connection)
    lost = 0
    for connection in asked:
        connection.settimeout(20)
        try:
            answer = connection.recv(65536)
            # An end may have been on its way while this was asked.
            assert not answer or answer.startswith(b"HTTP/1.1 200"), answer
            told += not answer
        except BrokenPipeError:
            told += 1
        except ConnectionResetError:
            lost += 1
    for thread in busy:
        thread.join()
assert 20 * lost <= len(asked), f"{lost} of {len(asked)} requests were lost to a connection that was closed"
assert asked and told, f"{len(asked)} asked, {told} were told: nothing was tried"
print(f"{told} idle connections were told that they are closed; {len(asked)} asked, {lost} of them in vain")
