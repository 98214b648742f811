#!/usr/bin/env python3
"""security.py DEEPFM RUN: tokens, TLS with clients' certificates, and what is refused at the start."""

import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from server import serve

deepfm, run = sys.argv[1:3]
work = tempfile.mkdtemp()


def status(url, token=None, context=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), context=context) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def refused(*arguments):
    command = [deepfm, "serve", run, "--port", "0", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode != 0, result
    return result.stderr


assert "a way to tell who asks" in refused("--host", "0.0.0.0")
assert "only one of certificate and key" in refused("--tls-certificate", "x.pem")
tokens = f"{work}/tokens"
for text, wrong in [("", "no token"), ("short\n", "fewer than 16")]:
    with open(tokens, "w") as file:
        file.write(text)
    assert wrong in refused("--token-file", tokens)

first, second = "a" * 32, "b" * 32
with open(tokens, "w") as file:
    file.write(f"# the first\n{first}\n")
with serve(deepfm, run, "--host", "0.0.0.0", "--token-file", tokens) as (process, address):
    address = address.replace("0.0.0.0", "127.0.0.1")
    assert status(f"{address}/v2/health/ready") == 200
    for path in ["/v2", "/metrics", "/", "/v2/nothing"]:
        assert status(address + path) == 401, path
    assert status(f"{address}/v2", first[:-1]) == 401 and status(f"{address}/v2", first + "a") == 401
    assert status(f"{address}/v2", first) == 200 and status(f"{address}/v2", second) == 401
    with open(tokens, "w") as file:
        file.write(f"{first}\n{second}\n")
    process.send_signal(signal.SIGHUP)
    end = time.time() + 20
    while status(f"{address}/v2", second) != 200 and time.time() < end:
        time.sleep(0.05)
    assert status(f"{address}/v2", first) == 200 and status(f"{address}/v2", second) == 200


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, cwd=work, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def certificate(name, authority):
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
            "-subj", f"/CN={name}")
    with open(f"{work}/{name}.ext", "w") as file:
        file.write("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
            "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")


for authority in ["ours", "theirs"]:
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{authority}.key",
            "-out", f"{authority}.pem", "-days", "2", "-subj", f"/CN={authority}")
certificate("server", "ours")
certificate("client", "ours")
certificate("stranger", "theirs")
pem = {name: os.path.join(work, name) for name in ["server", "client", "stranger", "ours"]}
with serve(deepfm, run, "--host", "0.0.0.0", "--tls-certificate", pem["server"] + ".pem", "--tls-key",
           pem["server"] + ".key", "--tls-client-ca", pem["ours"] + ".pem") as (_, address):
    address = address.replace("0.0.0.0", "127.0.0.1")
    assert address.startswith("https://")
    for name, expected in [("client", 200), ("stranger", None), (None, None)]:
        context = ssl.create_default_context(cafile=pem["ours"] + ".pem")
        if name:
            context.load_cert_chain(pem[name] + ".pem", pem[name] + ".key")
        try:
            found = status(f"{address}/v2", context=context)
        except (ssl.SSLError, OSError):
            found = None
        assert found == expected, (name, found)
print("tokens are asked for, rotated and compared whole; TLS lets in whom its authority knows")
