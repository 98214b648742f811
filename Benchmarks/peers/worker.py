"""What the programs beside this one have in common: a peer is measured in its own process, a round
for each line it reads from standard input, so that run.py can take turns between peers. What it
finds it prints as lines of JSON."""
import argparse
import json
import os
import sys
import time


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", required=True, help="the folder of `deepfm bench data`")
    parser.add_argument("--mode", choices=("train", "predict", "latency", "epoch"), default="train")
    parser.add_argument("--model", choices=("deepfm", "lr", "fm"), default="deepfm")
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.0, help="the least length of a round")
    parser.add_argument("--optimizer", default="", help="of peers that have a choice")
    parser.add_argument("--compile", action="store_true", help="PyTorch: torch.compile")
    parser.add_argument("--graphs", action="store_true",
                        help="PyTorch: torch.compile that records what it launches on a GPU")
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu", help="of PyTorch by hand")
    parser.add_argument("--precision", choices=("highest", "high", "medium"), default="highest",
                        help="high is TF32 on a GPU; medium is bfloat16: autocast on a GPU, elsewhere "
                        "PyTorch's float32_matmul_precision")
    parser.add_argument("--l2", type=float, default=0.0)
    return parser.parse_args()


def emit(**values):
    """Prints a line for run.py; libraries' own prints go to standard error."""
    OUTPUT.write(json.dumps(values) + "\n")
    OUTPUT.flush()


OUTPUT = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def age():
    """Seconds since this process was started."""
    started = float(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19])
    return float(open("/proc/uptime").read().split()[0]) - started / os.sysconf("SC_CLK_TCK")


def peak_memory():
    line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def serve(peer, options, versions):
    """Measures `peer`: its train(steps), predict(ids) and probabilities(ids) do what they say; where
    train returns a number, that is the seconds it took."""
    if options.mode == "epoch":
        return epoch(peer, options, versions)
    if options.mode == "latency":
        return latency(peer, options, versions)
    measure = training(peer) if options.mode == "train" else predicting(peer, options)
    measure(1)
    emit(startup=age(), versions=versions)
    steps = None
    for _ in sys.stdin:
        # Before the first round, when nothing else runs: warm caches, allocators and lazy compilers, and find
        # out how many steps make a round.
        steps = steps or steps_of_a_round(measure, options.seconds)
        count, seconds = measure(steps)
        emit(samples=count * options.batch, seconds=seconds)
    emit(peakMemory=peak_memory())


def steps_of_a_round(measure, length):
    steps, seconds = 4, measure(4)[1]
    while seconds < length / 2:
        steps *= 2
        seconds = measure(steps)[1]
    return max(2, round(steps * length / seconds))


def training(peer):
    def measure(steps):
        start = time.perf_counter()
        own = peer.train(steps)
        return steps, own or time.perf_counter() - start
    return measure


def predicting(peer, options):
    def measure(steps):
        start = time.perf_counter()
        for step in range(steps):
            first = step * options.batch % (len(peer.rows.labels) - options.batch + 1)
            peer.predict(peer.rows.ids[first:first + options.batch])
        return steps, time.perf_counter() - start
    return measure


def latency(peer, options, versions):
    """Small requests one after the other: a burst for each line of standard input."""
    request = 0
    def burst(seconds):
        nonlocal request
        times, start = [], time.perf_counter()
        while time.perf_counter() - start < seconds:
            ids = peer.rows.request(request, options.batch)
            request += 1
            began = time.perf_counter()
            peer.predict(ids)
            times.append(time.perf_counter() - began)
        return times
    burst(0.3)
    emit(startup=age(), versions=versions)
    for _ in sys.stdin:
        emit(times=burst(options.seconds))
    emit(peakMemory=peak_memory())


def epoch(peer, options, versions):
    """One epoch on the training rows, judged by the held-out ones."""
    from sklearn.metrics import log_loss, roc_auc_score
    start = time.perf_counter()
    own = peer.train_epoch()
    seconds = own or time.perf_counter() - start
    probabilities = peer.probabilities(slice(peer.rows.trained, None))
    labels = peer.rows.labels[peer.rows.trained:]
    emit(auc=float(roc_auc_score(labels, probabilities)),
         logLoss=float(log_loss(labels, probabilities.astype("float64").clip(1e-7, 1 - 1e-7))),
         seconds=seconds, versions=versions)
