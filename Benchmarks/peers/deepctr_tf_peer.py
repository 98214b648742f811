"""DeepCTR's DeepFM on TensorFlow through Keras' fit(), with its default L2 of 1e-5 on tables; LR of
Keras' own parts."""
import time
from importlib.metadata import version

import tensorflow as tf
import worker
from deepctr.feature_column import SparseFeat
from deepctr.models import DeepFM
from rows import FACTORS, HIDDEN, Rows


class Clock(tf.keras.callbacks.Callback):
    """The time of the epoch, without the preparations of fit()."""

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds = time.perf_counter() - self.began


class Peer:
    def __init__(self, options):
        tf.config.threading.set_intra_op_parallelism_threads(options.cores)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.random.set_seed(1)
        self.rows, self.batch, self.clock = Rows(options.rows), options.batch, Clock()
        self.ids = self.rows.field_ids
        sizes = [int(size) for size in self.rows.cardinalities]
        if options.model == "lr":
            self.model = self.linear(sizes)
        else:
            columns = [SparseFeat(f"f{field}", size, embedding_dim=FACTORS)
                       for field, size in enumerate(sizes)]
            self.model = DeepFM(
                columns, columns, dnn_hidden_units=HIDDEN, dnn_dropout=options.dropout)
        self.model.compile("adam", "binary_crossentropy")

    @staticmethod
    def linear(sizes):
        inputs = [tf.keras.Input((1,), name=f"f{field}", dtype="int32")
                  for field in range(len(sizes))]
        weights = [tf.keras.layers.Flatten()(tf.keras.layers.Embedding(size, 1)(ids))
                   for ids, size in zip(inputs, sizes)]
        total = tf.keras.layers.Add()(weights)
        return tf.keras.Model(inputs, tf.keras.layers.Activation("sigmoid")(total))

    def inputs(self, chosen):
        return {f"f{field}": self.ids[chosen, field] for field in range(self.rows.fields)}

    def train(self, steps):
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
        return self.model.predict(self.inputs(chosen), 10_000, verbose=0).ravel()


if __name__ == "__main__":
    options = worker.arguments()
    worker.serve(
        Peer(options), options, {"DeepCTR": version("deepctr"), "TensorFlow": tf.__version__})
