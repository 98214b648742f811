#!/usr/bin/env python3
"""first-step.py WAY [--rows N]: seconds from rows in polars to the first training step of a DeepFM.

The rows are like Criteo's: 13 numbers with missing ones, 26 categories of 10 to a million values, clicks.

  deepfm          DeepFM().fit(frame, clicks), to the device's readiness for the first step
  fuxictr         its FeatureProcessor over the frame, the columns as a NumPy file, its RankDataLoader, and a
                  DeepFM of its layers as in its model zoo, to the end of the first step; without Ray, which
                  its build_dataset starts for the same
  deepctr-torch   a LabelEncoder and a MinMaxScaler as in its examples, and the first batch of its fit()

The last line says the seconds and the most memory that the process had, with the frame.
"""

import argparse
import logging
import os
import resource
import tempfile
import time

import numpy as np
import polars as pl

BATCH, FACTORS, HIDDEN = 4096, 10, [400, 400, 400]


def made(rows):
    chance = np.random.default_rng(0)
    columns = {}
    for number in range(13):
        values = np.floor(chance.lognormal(2, 1.5, rows))
        columns[f"I{number + 1}"] = pl.Series(np.where(chance.random(rows) < 0.1, np.nan, values)).fill_nan(
            None
        )
    for number in range(26):
        size = 10 ** (1 + number % 6)
        names = np.array([f"{value * 2654435761 % 2**32:08x}" for value in range(size)])
        picked = np.minimum((chance.pareto(1.1, rows) * size / 50).astype(np.int64), size - 1)
        columns[f"C{number + 1}"] = pl.Series(names[picked])
    return pl.DataFrame(columns), (chance.random(rows) < 0.25).astype(np.int8)


def split(names):
    return [name for name in names if name[0] == "I"], [name for name in names if name[0] == "C"]


def deepfm(frame, clicks):
    from deepfm import DeepFM

    began = time.perf_counter()
    model = DeepFM(model="deepfm-d", batch_size=BATCH, hidden=HIDDEN, epochs=1, valid_fraction=0)
    for event in model.fit_iter(frame, clicks):
        if event.kind == "encoded":
            print(f"encoded after {time.perf_counter() - began:.2f} s, {event.features} features")
        if event.kind == "warmed_up":
            return time.perf_counter() - began


def fuxictr(frame, clicks):
    import torch
    from fuxictr.features import FeatureMap
    from fuxictr.preprocess import FeatureProcessor
    from fuxictr.pytorch.dataloaders import RankDataLoader
    from fuxictr.pytorch.layers import FactorizationMachine, FeatureEmbedding, MLP_Block
    from fuxictr.pytorch.models import BaseModel

    class Model(BaseModel):
        def __init__(self, features, **settings):
            super().__init__(features, model_id="first", gpu=-1, **settings)
            self.embedding_layer = FeatureEmbedding(features, FACTORS)
            self.fm = FactorizationMachine(features)
            self.mlp = MLP_Block(
                input_dim=features.sum_emb_out_dim(),
                output_dim=1,
                hidden_units=HIDDEN,
                hidden_activations="relu",
                output_activation=None,
            )
            self.compile("adam", "binary_crossentropy", 1e-3)
            self.reset_parameters()
            self.model_to_device()

        def forward(self, inputs):
            inputs = self.get_inputs(inputs)
            factors = self.embedding_layer(inputs)
            logits = self.fm(inputs, factors) + self.mlp(factors.flatten(start_dim=1))
            return {"y_pred": self.output_activation(logits)}

    logging.disable(logging.CRITICAL)
    torch.set_num_threads(os.cpu_count())
    numbers, names = split(frame.columns)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        processor = FeatureProcessor(
            feature_cols=[
                {
                    "name": numbers,
                    "active": True,
                    "dtype": "float",
                    "type": "numeric",
                    "normalizer": "StandardScaler",
                },
                {"name": names, "active": True, "dtype": "str", "type": "categorical"},
            ],
            label_col={"name": "click", "dtype": "float"},
            dataset_id="rows",
            data_root=folder,
        )
        rows = processor.preprocess(frame.with_columns(click=pl.Series(clicks).cast(pl.Float64)).lazy())
        processor.fit(rows)
        columns = {column.name: column.to_numpy() for column in rows.collect()}
        np.savez(f"{folder}/train.npz", **processor.transform(columns))
        print(f"encoded after {time.perf_counter() - began:.2f} s")
        features = FeatureMap("rows", f"{folder}/rows")
        features.load(processor.json_file, {"embedding_dim": FACTORS})
        loader, _ = RankDataLoader(
            features,
            stage="train",
            train_data=f"{folder}/train.npz",
            batch_size=BATCH,
            shuffle=True,
            data_format="npz",
            num_workers=0,
        )
        model = Model(
            features,
            optimizer="adam",
            loss="binary_crossentropy",
            metrics=["AUC"],
            verbose=0,
            task="binary_classification",
            model_root=folder,
            monitor="AUC",
            monitor_mode="max",
            embedding_regularizer=None,
            net_regularizer=None,
            learning_rate=1e-3,
        )
        model._max_gradient_norm = 10
        model.train()
        model.train_step(next(iter(loader)))
        return time.perf_counter() - began


def deepctr_torch(frame, clicks):
    import torch
    from deepctr_torch.inputs import DenseFeat, SparseFeat
    from deepctr_torch.models import DeepFM
    from sklearn.preprocessing import LabelEncoder, MinMaxScaler

    class First(Exception):
        pass

    torch.set_num_threads(os.cpu_count())
    began = time.perf_counter()
    data = frame.to_pandas()
    numbers, names = split(frame.columns)
    data[numbers] = data[numbers].fillna(0)
    for name in names:
        data[name] = LabelEncoder().fit_transform(data[name])
    data[numbers] = MinMaxScaler(feature_range=(0, 1)).fit_transform(data[numbers])
    print(f"encoded after {time.perf_counter() - began:.2f} s")
    columns = [
        SparseFeat(name, vocabulary_size=data[name].max() + 1, embedding_dim=FACTORS) for name in names
    ]
    columns += [DenseFeat(name, 1) for name in numbers]
    model = DeepFM(columns, columns, dnn_hidden_units=HIDDEN, device="cpu")
    model.compile("adam", "binary_crossentropy")
    step = model.optim.step

    def once(*arguments, **named):
        step(*arguments, **named)
        raise First

    model.optim.step = once
    try:
        model.fit(
            {name: data[name] for name in columns_of(columns)}, clicks, batch_size=BATCH, epochs=1, verbose=0
        )
    except First:
        return time.perf_counter() - began


def columns_of(columns):
    return [column.name for column in columns]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ways = {"deepfm": deepfm, "fuxictr": fuxictr, "deepctr-torch": deepctr_torch}
    parser.add_argument("way", choices=ways)
    parser.add_argument("--rows", type=int, default=1_000_000)
    arguments = parser.parse_args()
    frame, clicks = made(arguments.rows)
    seconds = ways[arguments.way](frame, clicks)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{arguments.way}: {seconds:.2f} s to the first step, {memory:.1f} GB")


if __name__ == "__main__":
    main()
