"""DeepCTR-Torch's DeepFM through its own fit(), with its default L2 of 1e-5 on tables, or --l2."""
import time
from importlib.metadata import version

import torch
import worker
from deepctr_torch.callbacks import Callback
from deepctr_torch.inputs import SparseFeat
from deepctr_torch.models import DeepFM
from rows import FACTORS, HIDDEN, Rows


class Clock(Callback):
    """The time of the epoch, without the preparations of fit()."""

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds = time.perf_counter() - self.began


class Peer:
    def __init__(self, options):
        torch.set_num_threads(options.cores)
        self.rows, self.batch, self.clock = Rows(options.rows), options.batch, Clock()
        self.ids = self.rows.field_ids
        columns = [
            SparseFeat(f"f{field}", int(size), embedding_dim=FACTORS)
            for field, size in enumerate(self.rows.cardinalities)]
        is_lr, deep = options.model == "lr", options.model == "deepfm"
        self.model = DeepFM(
            columns, [] if is_lr else columns, use_fm=not is_lr,
            dnn_hidden_units=HIDDEN if deep else (), dnn_dropout=options.dropout,
            l2_reg_linear=options.l2, l2_reg_embedding=options.l2, device="cpu", seed=1)
        self.model.compile("adam", "binary_crossentropy")

    def inputs(self, chosen):
        return [self.ids[chosen, field] for field in range(self.rows.fields)]

    def train(self, steps):
        # One call of fit() cannot see more than all rows; a round of few rows is several calls.
        at_once, seconds = self.rows.trained // self.batch, 0.0
        while steps > 0:
            count = min(steps, at_once) * self.batch
            self.model.fit(
                self.inputs(slice(count)), self.rows.labels[:count], batch_size=self.batch,
                epochs=1, verbose=0, callbacks=[self.clock])
            seconds += self.clock.seconds
            steps -= at_once
        return seconds

    def train_epoch(self):
        return self.train(self.rows.trained // self.batch)

    def probabilities(self, chosen):
        return self.model.predict(self.inputs(chosen), 10_000).ravel()


if __name__ == "__main__":
    options = worker.arguments()
    worker.serve(
        Peer(options), options,
        {"DeepCTR-Torch": version("deepctr-torch"), "PyTorch": torch.__version__})
