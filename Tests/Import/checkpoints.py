#!/usr/bin/env python3
"""checkpoints.py DEEPFM WORK: models trained by FuxiCTR and DeepCTR-Torch, imported and held against them.

LR, FM, DeepFM (with batch norm and without) and Wide & Deep are trained there for two epochs on a made-up
log, saved as they save them, and imported; the probabilities of a second log, with values that training
never saw and missing ones, must be theirs to 1e-6.
"""

import json
import logging
import random
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import polars as pl
import torch

# FuxiCTR imports it for a way of building datasets that is not gone here; it is 400 MB.
for name in ["ray", "ray.data", "ray.data.datasource", "ray.data.datasource.filename_provider"]:
    sys.modules[name] = types.ModuleType(name)
    for each in ["FilenameProvider", "SaveMode", "TaskPoolStrategy"]:
        setattr(sys.modules[name], each, object)

from deepctr_torch import models as deepctr  # noqa: E402
from deepctr_torch.inputs import SparseFeat  # noqa: E402
from fuxictr.features import FeatureMap  # noqa: E402
from fuxictr.preprocess import FeatureProcessor  # noqa: E402
from fuxictr.pytorch.dataloaders import RankDataLoader  # noqa: E402
from fuxictr.pytorch.layers import (  # noqa: E402
    FactorizationMachine,
    FeatureEmbedding,
    LogisticRegression,
    MLP_Block,
)
from fuxictr.pytorch.models import BaseModel  # noqa: E402

deepfm, work = sys.argv[1], Path(sys.argv[2])
TEXTS, NUMBERS = ["user", "item", "hour"], ["price"]
TOLERANCE = 1e-6
logging.disable(logging.CRITICAL)
torch.set_num_threads(1)


def made(seed, rows, users):
    """Rows whose clicks depend on user and item; more users are values that a smaller log does not have."""
    chance = random.Random(seed)

    def row():
        user, item = int(users * chance.random() ** 2), chance.randrange(60)
        click = chance.random() < (0.7 if (user * 7 + item) % 3 == 0 else 0.2)
        return {
            "click": int(click), "user": "" if chance.random() < 0.05 else f"u{user}",
            "item": str(1000 + item), "hour": str(chance.randrange(24)),
            "price": round(chance.gauss(0, 1), 3)}
    return pl.DataFrame([row() for _ in range(rows)])


train, new = made(1, 4000, 200), made(2, 1500, 260)
train.write_csv(work / "train.csv")
new.write_csv(work / "new.csv")


def imported(name, checkpoint, rows, *options):
    """What the command makes of a checkpoint, as probabilities of rows."""
    rows.write_csv(work / "rows.csv")
    run = work / f"run-{name}"
    subprocess.run([deepfm, "import", checkpoint, *options, "--out", run], check=True,
                   stdout=subprocess.DEVNULL)
    text = subprocess.run([deepfm, "predict", run, work / "rows.csv", "--device", "cpu"], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return np.array([float(line) for line in text.split()])


def compare(name, theirs, ours):
    assert len(theirs) == len(ours), (len(theirs), len(ours))
    largest = np.abs(theirs.astype(np.float64) - ours).max()
    print(f"{name:24} {len(ours)} rows, mean {ours.mean():.4f}, deviation {ours.std():.4f}: "
          f"largest difference {largest:.1e}", flush=True)
    assert largest <= TOLERANCE and ours.std() > 0.001, name


class Fuxi(BaseModel):
    """LR, FM, DeepFM and Wide & Deep as in FuxiCTR's model zoo: the same layers by the same names."""

    def __init__(self, features, kind, batch_norm, **settings):
        super().__init__(features, model_id=f"{kind}-{batch_norm}", gpu=-1, **settings)
        self.kind = kind
        deep = {"input_dim": features.sum_emb_out_dim(), "output_dim": 1, "hidden_units": [32, 16],
                "hidden_activations": "relu", "output_activation": None, "dropout_rates": 0.1,
                "batch_norm": batch_norm}
        if kind in ["lr", "wide"]:
            self.lr_layer = LogisticRegression(features, use_bias=True)
        if kind != "lr":
            self.embedding_layer = FeatureEmbedding(features, 8, "partial(nn.init.normal_, std=0.1)")
        if kind in ["fm", "deepfm"]:
            self.fm = FactorizationMachine(features)
        if kind == "deepfm":
            self.mlp = MLP_Block(**deep)
        if kind == "wide":
            self.dnn = MLP_Block(**deep)
        self.compile("adam", "binary_crossentropy", 0.01)
        self.reset_parameters()
        self.model_to_device()

    def forward(self, inputs):
        x = self.get_inputs(inputs)
        if self.kind == "lr":
            return {"y_pred": self.output_activation(self.lr_layer(x))}
        vectors = self.embedding_layer(x)
        logit = self.lr_layer(x) if self.kind == "wide" else self.fm(x, vectors)
        if self.kind == "deepfm":
            logit = logit + self.mlp(vectors.flatten(start_dim=1))
        if self.kind == "wide":
            logit = logit + self.dnn(vectors.flatten(start_dim=1))
        return {"y_pred": self.output_activation(logit)}


def fuxictr():
    processor = FeatureProcessor(
        feature_cols=[
            {"name": TEXTS, "active": True, "dtype": "str", "type": "categorical", "min_categr_count": 2},
            {"name": NUMBERS, "active": True, "dtype": "float", "type": "numeric"}],
        label_col={"name": "click", "dtype": "float"}, dataset_id="rows", data_root=str(work))

    def read(frame):
        frame = frame.with_columns(click=pl.col("click").cast(pl.Float64))
        return processor.preprocess(frame.lazy())

    def save(name, rows):
        columns = {column.name: column.to_numpy() for column in rows.collect()}
        np.savez(work / f"{name}.npz", **processor.transform(columns))
        return str(work / f"{name}.npz")

    rows = read(train)
    processor.fit(rows)
    files = save("train", rows), save("new", read(new))
    features = FeatureMap("rows", str(work / "rows"))
    features.load(processor.json_file, {"embedding_dim": 8})
    settings = {"batch_size": 512, "data_format": "npz", "num_workers": 0}
    batches, _ = RankDataLoader(features, stage="train", train_data=files[0], shuffle=True, **settings)
    later = RankDataLoader(features, stage="test", test_data=files[1], shuffle=False, **settings)
    for kind, batch_norm in [
            ("lr", False), ("fm", False), ("deepfm", False), ("deepfm", True), ("wide", True)]:
        model = Fuxi(features, kind, batch_norm, optimizer="adam", loss="binary_crossentropy",
                     metrics=["AUC"], verbose=0, task="binary_classification", model_root=str(work),
                     monitor="AUC", monitor_mode="max")
        (model._max_gradient_norm, model._batch_index) = (10, 0)
        model.train()
        for _ in range(2):
            for batch in batches:
                model.train_step(batch)
        path = work / f"{kind}-{batch_norm}.model"
        model.save_weights(path)
        name = f"fuxictr {kind}" + (" batch norm" if batch_norm else "")
        theirs = model.predict(later)
        ours = imported(f"fuxictr-{kind}-{batch_norm}", path, new, "--features", work / "rows")
        compare(name, theirs, ours)


def deepctr_torch():
    # As its examples do: a number for each value, in any order; the log has these numbers, or the values.
    vocabularies = {
        name: {value: row for row, value in enumerate(train[name].unique().sort().to_list())}
        for name in TEXTS}
    known = new.filter(
        pl.all_horizontal(pl.col(name).is_in(list(rows)) for name, rows in vocabularies.items()))
    with open(work / "vocabularies.json", "w") as file:
        json.dump({name: {value or "__OOV__": row for value, row in rows.items()}
                   for name, rows in vocabularies.items()}, file)

    def encoded(frame):
        return frame.select("click", *[
            pl.Series(name, [vocabularies[name][value] for value in frame[name]]) for name in TEXTS])

    ids, later = encoded(train), encoded(known)
    columns = [SparseFeat(name, len(rows), embedding_dim=8) for name, rows in vocabularies.items()]
    for kind, name, batch_norm in [("lr", "lr", False), ("fm", "fm", False), ("deepfm", "deepfm-d", False),
                                   ("deepfm", "deepfm-d", True), ("wide", "lr-dnn", True)]:
        deep = {"dnn_hidden_units": (32, 16), "dnn_use_bn": batch_norm}
        options = {"lr": {"use_fm": False, "dnn_hidden_units": ()}, "fm": {"dnn_hidden_units": ()},
                   "deepfm": deep, "wide": deep}[kind]
        make = deepctr.WDL if kind == "wide" else deepctr.DeepFM
        model = make(columns, columns, init_std=0.1, device="cpu", **options)
        model.compile("adam", "binary_crossentropy")
        model.fit({name: ids[name].to_numpy() for name in TEXTS}, ids["click"].to_numpy(), batch_size=128,
                  epochs=2, verbose=0)
        path = work / f"deepctr-{kind}-{batch_norm}.pt"
        torch.save(model.state_dict(), path)
        theirs = model.predict({name: later[name].to_numpy() for name in TEXTS}, 512).ravel()
        named = f"deepctr-torch {kind}" + (" batch norm" if batch_norm else "")
        compare(f"{named}, ids", theirs, imported(
            f"ids-{kind}-{batch_norm}", path, later, "--model", name, "--label", "click"))
        compare(f"{named}, values", theirs, imported(
            f"values-{kind}-{batch_norm}", path, known, "--model", name, "--label", "click", "--features",
            work / "vocabularies.json"))


fuxictr()
deepctr_torch()
