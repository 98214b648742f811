"""xLearn's LR and FM, built from the sources in the Python registry: Adagrad, an update a sample,
whatever the batch. A round is several epochs over the training rows, timed as it prints them."""
import os
import re
import subprocess

import numpy as np
import worker
from peers import CACHE
from rows import FACTORS, Rows

BUILD = CACHE / "xlearn/build"


class Peer:
    def __init__(self, options):
        self.options, self.rows = options, Rows(options.rows)
        self.threads = str(options.cores)
        self.kind = {"lr": ["-s", "0"], "fm": ["-s", "1", "-k", str(FACTORS)]}[options.model]
        self.train_path = self.save("train", slice(self.rows.trained))
        self.test_path = self.save("test", slice(self.rows.trained, None))
        self.model_path = f"{options.rows}/xlearn-{os.getpid()}.model"

    def save(self, name, chosen):
        """The rows as libsvm text, kept for the next time: xLearn reads nothing else."""
        path = f"{self.options.rows}/xlearn-{name}.txt"
        if not os.path.exists(path):
            with open(path + ".part", "w") as file:
                for ids, label in zip(self.rows.ids[chosen].tolist(), self.rows.labels[chosen]):
                    file.write(f"{int(label)} " + " ".join(f"{id}:1" for id in ids) + "\n")
            os.replace(path + ".part", path)
        return path

    def run(self, program, *arguments):
        return subprocess.run(
            [BUILD / program, *arguments], capture_output=True, text=True, check=True).stdout

    def epochs(self, count):
        """Trains and returns the seconds of each epoch."""
        text = self.run("xlearn_train", self.train_path, *self.kind, "-nthread", self.threads,
                        "-e", str(count), "--dis-es", "-m", self.model_path)
        text = re.sub(r"\x1b\[[0-9;]*m", "", text)
        rows = re.finditer(r"^(?:\[\s*\d+%\s*\])?\s*\d+\s+[\d.]+\s+([\d.]+)\s*$", text, re.M)
        return [float(row.group(1)) for row in rows]

    def train(self, steps):
        # The first epoch touches new memory. xLearn prints hundredths: many epochs, one sum.
        seconds = self.epochs(6)[1:]
        return sum(seconds) / len(seconds) / self.rows.trained * steps * self.options.batch

    def train_epoch(self):
        return self.epochs(1)[0]

    def probabilities(self, _):
        self.run("xlearn_predict", self.test_path, self.model_path, "-o", self.model_path + ".out",
                 "--sigmoid", "-nthread", self.threads)
        result = np.loadtxt(self.model_path + ".out")
        for path in (self.model_path, self.model_path + ".out"):
            os.remove(path)
        return result


if __name__ == "__main__":
    options = worker.arguments()
    worker.serve(Peer(options), options, {"xLearn": "0.40a1"})
