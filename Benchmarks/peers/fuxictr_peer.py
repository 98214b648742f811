"""FuxiCTR's DeepFM and LR, made of its own layers as in its model zoo, trained by its own loop on its
own loader of NumPy files, with shuffling and no worker processes. Adam; no regularisation."""
import json
import logging
import os
import tempfile

import numpy as np
import torch
import worker
from fuxictr import __version__
from fuxictr.features import FeatureMap
from fuxictr.pytorch.dataloaders import RankDataLoader
from fuxictr.pytorch.layers import FactorizationMachine, FeatureEmbedding, LogisticRegression, MLP_Block
from fuxictr.pytorch.models import BaseModel
from fuxictr.pytorch.torch_utils import seed_everything
from rows import FACTORS, HIDDEN, LEARNING_RATE, Rows


class Model(BaseModel):
    """LR where `hidden` is None, FM where it is empty, otherwise DeepFM."""

    def __init__(self, features, hidden, dropout, **settings):
        super().__init__(features, model_id="peer", gpu=-1, **settings)
        if hidden is None:
            self.linear = LogisticRegression(features, use_bias=True)
        else:
            self.embedding_layer = FeatureEmbedding(features, FACTORS)
            self.fm = FactorizationMachine(features)
        self.mlp = MLP_Block(
            input_dim=features.sum_emb_out_dim(), output_dim=1, hidden_units=list(hidden),
            hidden_activations="relu", output_activation=None, dropout_rates=dropout,
            batch_norm=False) if hidden else None
        self.compile("adam", "binary_crossentropy", LEARNING_RATE)
        self.reset_parameters()
        self.model_to_device()

    def forward(self, inputs):
        inputs = self.get_inputs(inputs)
        if hasattr(self, "linear"):
            return {"y_pred": self.output_activation(self.linear(inputs))}
        factors = self.embedding_layer(inputs)
        logits = self.fm(inputs, factors)
        if self.mlp is not None:
            logits = logits + self.mlp(factors.flatten(start_dim=1))
        return {"y_pred": self.output_activation(logits)}


class Limited:
    """The first `count` batches of an endless iterator, as what its train_epoch takes."""

    def __init__(self, batches, count):
        self.batches, self.count = batches, count

    def __len__(self):
        return self.count

    def __iter__(self):
        for _ in range(self.count):
            yield next(self.batches)


class Peer:
    def __init__(self, options):
        torch.set_num_threads(options.cores)
        seed_everything(1)
        logging.disable(logging.CRITICAL)
        self.rows = Rows(options.rows)
        self.folder = tempfile.TemporaryDirectory()
        features = self.feature_map()
        self.train_loader, self.valid_loader = RankDataLoader(
            features, stage="train", train_data=self.save("train", slice(self.rows.trained)),
            valid_data=self.save("valid", slice(self.rows.trained, None)),
            batch_size=options.batch, shuffle=True, data_format="npz", num_workers=0)
        hidden = {"lr": None, "fm": (), "deepfm": HIDDEN}[options.model]
        self.model = Model(
            features, hidden, options.dropout, learning_rate=LEARNING_RATE, optimizer="adam",
            loss="binary_crossentropy", metrics=["logloss", "AUC"], task="binary_classification",
            verbose=0, model_root=self.folder.name, monitor="AUC", monitor_mode="max",
            embedding_regularizer=None, net_regularizer=None)
        # What its fit() sets before it calls train_epoch().
        self.model._max_gradient_norm, self.model._eval_steps = 10.0, 10**9
        self.model._total_steps, self.model._stop_training = 0, False
        self.batches = self.endless()

    def feature_map(self):
        description = {
            "dataset_id": "rows", "num_fields": self.rows.fields,
            "total_features": self.rows.features, "input_length": self.rows.fields,
            "labels": ["label"], "features": [
                {f"f{field}": {"source": "", "type": "categorical", "vocab_size": int(size)}}
                for field, size in enumerate(self.rows.cardinalities)]}
        path = f"{self.folder.name}/feature_map.json"
        with open(path, "w") as file:
            json.dump(description, file)
        os.makedirs(f"{self.folder.name}/rows", exist_ok=True)
        features = FeatureMap("rows", self.folder.name)
        features.load(path, {"embedding_dim": FACTORS})
        return features

    def save(self, name, chosen):
        ids, path = self.rows.field_ids[chosen], f"{self.folder.name}/{name}.npz"
        columns = {f"f{field}": ids[:, field] for field in range(self.rows.fields)}
        np.savez(path, label=self.rows.labels[chosen], **columns)
        return path

    def endless(self):
        while True:
            yield from self.train_loader

    def train(self, steps):
        self.model.train_epoch(Limited(self.batches, steps))

    def train_epoch(self):
        self.model.train_epoch(self.train_loader)

    def probabilities(self, _):
        return self.model.predict(self.valid_loader)


if __name__ == "__main__":
    options = worker.arguments()
    worker.serve(Peer(options), options, {"FuxiCTR": __version__, "PyTorch": torch.__version__})
