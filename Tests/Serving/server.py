"""A server under test: started, asked for its address, and stopped as an operator would."""

import contextlib
import json
import signal
import subprocess
import threading


@contextlib.contextmanager
def serve(deepfm, *arguments):
    """Runs `deepfm serve` at a free port; gives its process and its address, and wants it to end well."""
    process = subprocess.Popen(
        [deepfm, "serve", *arguments, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True)
    process.log = []

    def read():
        for line in process.stderr:
            process.log.append(line)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        line = process.stdout.readline()
        if not line.startswith("listening at "):
            process.wait()
            reader.join()
            raise SystemExit(f"no server: {line}{''.join(process.log)}")
        yield process, line.split()[-1]
        code, said = process.poll(), "".join(process.log[-5:])
        assert code is None, f"the server ended by itself: {code} {said}"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, f"SIGTERM: exit code {process.returncode}"
        reader.join()
        ended = [json.loads(line) for line in process.log if line.startswith("{")][-1]
        assert ended["message"] == "ended", ended
    finally:
        process.kill()


def memory(process):
    """Resident memory in MiB."""
    with open(f"/proc/{process.pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024
