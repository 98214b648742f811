#!/usr/bin/env python3
"""clients.py DEEPFM RUN LOG: Triton's client, unchanged, in all its encodings, and plain HTTP as curl
speaks it; every answer is that of `deepfm predict`, bit for bit."""

import csv
import gzip
import itertools
import json
import subprocess
import sys
import urllib.error
import urllib.request

import numpy
import tritonclient.http as triton
from server import serve

deepfm, run, log = sys.argv[1:4]
with open(log, newline="") as file:
    rows = list(itertools.islice(csv.DictReader(file), 300))
lines = subprocess.run(
    [deepfm, "predict", run, log], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    text=True).stdout
expected = numpy.array([float(line) for line in lines.split("\n")[:300]], dtype=numpy.float32)


def same(found, rows):
    found = numpy.asarray(found, dtype=numpy.float32).reshape(-1)
    wanted = expected[rows]
    assert (found.view(numpy.uint32) == wanted.view(numpy.uint32)).all(), (found[:4], wanted[:4])


def tensors(metadata, part, binary):
    for tensor in metadata["inputs"]:
        values = [row[tensor["name"]] for row in rows[part]]
        if tensor["datatype"] == "BYTES":
            array = numpy.array([value.encode() for value in values], dtype=numpy.object_)
        else:
            array = numpy.array([float(value or "nan") for value in values], dtype=numpy.float64)
        tensor_in = triton.InferInput(tensor["name"], list(array.shape), tensor["datatype"])
        tensor_in.set_data_from_numpy(array, binary_data=binary)
        yield tensor_in


def check_triton(address, name):
    client = triton.InferenceServerClient(address.removeprefix("http://"), concurrency=4)
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(name)
    assert client.is_model_ready(name, "1") and not client.is_model_ready("nobody")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    metadata = client.get_model_metadata(name)
    assert metadata["name"] == name and metadata["versions"] == ["1"], metadata
    assert metadata["outputs"] == [{"name": "probability", "datatype": "FP32", "shape": [-1]}]
    assert all(set(each) == {"name", "datatype", "shape"} for each in metadata["inputs"]), metadata
    assert client.get_model_config(name)["max_batch_size"] > 0
    asked = 0
    parts = [slice(0, 1), slice(1, 101), slice(101, 300)]
    for binary_in, binary_out, packed, part in itertools.product(
            [True, False], [True, False, None], [None, "gzip", "deflate"], parts):
        outputs = None
        if binary_out is not None:
            outputs = [triton.InferRequestedOutput("probability", binary_data=binary_out)]
        result = client.infer(
            name, list(tensors(metadata, part, binary_in)), outputs=outputs, request_id=f"r{asked}",
            request_compression_algorithm=packed, response_compression_algorithm=packed)
        same(result.as_numpy("probability"), part)
        assert result.get_response()["id"] == f"r{asked}"
        asked += 1
    waiting = [client.async_infer(name, list(tensors(metadata, slice(i, i + 3), True))) for i in range(40)]
    for index, each in enumerate(waiting):
        same(each.get_result().as_numpy("probability"), slice(index, index + 3))
    statistics = client.get_inference_statistics(name)["model_stats"][0]
    assert statistics["inference_stats"]["success"]["count"] == asked + 40, statistics
    assert client.get_model_repository_index()[0]["state"] == "READY"
    client.unload_model(name)
    assert not client.is_model_ready(name)
    client.load_model(name)
    same(client.infer(name, list(tensors(metadata, slice(5, 9), True))).as_numpy("probability"), slice(5, 9))
    try:
        client.infer(name, list(tensors(metadata, slice(5, 9), True))[1:])
        raise AssertionError("a request that lacks an input was answered")
    except triton.InferenceServerException as error:
        assert "no input" in error.message(), error
    client.close()
    return asked + 43


def ask(address, path, body=None, headers=None):
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(address + path, data, headers or {})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def check_rows(address, name):
    columns = [each["name"] for each in json.loads(ask(address, f"/v2/models/{name}")[2])["inputs"]]
    instances = [{column: row[column] or None for column in columns} for row in rows]
    path = f"/v1/models/{name}:predict"
    trace = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    status, headers, body = ask(address, path, {"instances": instances}, trace)
    assert status == 200, body
    same(json.loads(body)["predictions"], slice(0, 300))
    assert headers["traceparent"].startswith(f"00-{'a' * 32}-") and "compute;dur=" in headers["Server-Timing"]
    packed = gzip.compress(json.dumps({"instances": instances[:7]}).encode())
    status, _, body = ask(address, path, packed, {"Content-Encoding": "gzip"})
    same(json.loads(body)["predictions"], slice(0, 7))
    assert ask(address, path, b"{")[0] == 400
    assert ask(address, path, packed, {"Content-Encoding": "deflate"})[0] in (200, 400)
    assert ask(address, path, packed[:40], {"Content-Encoding": "gzip"})[0] == 400
    assert ask(address, path, gzip.compress(b"[" * (64 << 20)), {"Content-Encoding": "gzip"})[0] == 413
    assert ask(address, path, b" " * (5 << 20))[0] == 413
    assert ask(address, "/v2/nothing")[0] == 404 and ask(address, path)[0] == 405
    late = {"timeout": 1, "instances": instances[:200]}
    assert ask(address, path, late)[0] == 504
    text = ask(address, "/metrics")[2].decode()
    assert f'deepfm_errors_total{{model="{name}",version="1",reason="deadline"}} 1' in text
    for line in text.splitlines():
        words = line.rsplit(" ", 1)
        assert line.startswith("# ") or len(words) == 2 and float(words[1]) >= 0, line
    assert b"<h1>deepfm serve</h1>" in ask(address, "/")[2]


def curl(address, *arguments):
    command = ["curl", "-sS", "-i", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def check_curl(address, name):
    said = curl(address, f"{address}/v2/health/ready")
    assert said.startswith("HTTP/1.1 200 OK\n"), said
    said = curl(address, f"{address}/v1/models/{name}:predict", "-d", json.dumps({"instances": [{}]}))
    assert "HTTP/1.1 200 OK" in said and '{"predictions":[0.' in said, said
    # curl asks before it sends a long body.
    body = json.dumps({"instances": [{}] * 5000})
    said = curl(address, "-H", "Expect: 100-continue", f"{address}/v1/models/{name}:predict", "-d", body)
    assert said.startswith("HTTP/1.1 100 Continue\n") and "HTTP/1.1 200 OK" in said, said[:200]
    said = curl(address, "--compressed", f"{address}/v1/models/{name}:predict", "-d", body)
    assert "Content-Encoding: " in said and '{"predictions":[0.' in said, said[:200]
    said = curl(address, "--path-as-is", f"{address}/v2/models/../../../../etc/passwd")
    assert "HTTP/1.1 404" in said, said
    said = curl(address, "-I", f"{address}/v2")
    assert "HTTP/1.1 200 OK" in said, said


with serve(deepfm, run, "--name", "clicks") as (_, address):
    answers = check_triton(address, "clicks")
    check_rows(address, "clicks")
    check_curl(address, "clicks")
print(f"Triton's client: {answers} answers, bit for bit those of predict; plain HTTP and curl too")
