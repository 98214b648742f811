"""FBGEMM's table-batched embedding, what TorchRec trains with, on the CPU: the update by row-wise
Adagrad is fused into its backward pass. The rest is the head of torch_by_hand.py, fused Adam."""
from importlib.metadata import version

import torch
import worker
from fbgemm_gpu.split_embedding_configs import EmbOptimType
from fbgemm_gpu.split_table_batched_embeddings_ops_common import EmbeddingLocation, PoolingMode
from fbgemm_gpu.split_table_batched_embeddings_ops_training import (
    ComputeDevice,
    SplitTableBatchedEmbeddingBagsCodegen,
)
from rows import FACTORS, LEARNING_RATE, Rows
from torch.nn import functional
from torch_by_hand import Head

WIDTH = FACTORS + 2  # factors, weight, and a pad: widths are multiples of 4


class Peer:
    def __init__(self, options):
        torch.set_num_threads(options.cores)
        torch.manual_seed(1)
        self.rows, self.batch = Rows(options.rows), options.batch
        self.ids = torch.from_numpy(self.rows.field_ids).long()
        self.labels = torch.from_numpy(self.rows.labels)
        self.tables = SplitTableBatchedEmbeddingBagsCodegen(
            [(int(size), WIDTH, EmbeddingLocation.HOST, ComputeDevice.CPU)
             for size in self.rows.cardinalities],
            optimizer=EmbOptimType.EXACT_ROWWISE_ADAGRAD, learning_rate=0.005, eps=1e-8,
            pooling_mode=PoolingMode.SUM)
        for table in self.tables.split_embedding_weights():
            table.data.normal_(std=1e-4)
        self.head = Head(options.model, self.rows.fields, options.dropout)
        self.optimizer = torch.optim.Adam(self.head.parameters(), lr=LEARNING_RATE, fused=True)
        self.loss = torch.compile(self.loss_of, dynamic=False) if options.compile else self.loss_of
        self.batches = self.endless()

    def look_up(self, ids):
        """ids [rows, fields] -> [rows, fields, WIDTH]; each id is a bag of its own."""
        bags = torch.arange(ids.numel() + 1)
        return self.tables(ids.t().reshape(-1), bags).view(len(ids), -1, WIDTH)

    def logits(self, looked_up):
        return self.head(looked_up[..., FACTORS], looked_up[..., :FACTORS])

    def loss_of(self, looked_up, labels):
        return functional.binary_cross_entropy_with_logits(self.logits(looked_up), labels)

    def endless(self):
        while True:
            order = torch.randperm(self.rows.trained)
            for first in range(0, self.rows.trained - self.batch + 1, self.batch):
                chosen = order[first:first + self.batch]
                yield self.ids[chosen], self.labels[chosen]

    def train(self, steps):
        for _ in range(steps):
            ids, labels = next(self.batches)
            self.optimizer.zero_grad(set_to_none=True)
            self.loss(self.look_up(ids), labels).backward()
            self.optimizer.step()

    def train_epoch(self):
        self.train(self.rows.trained // self.batch)

    def probabilities(self, chosen):
        self.head.eval()
        with torch.no_grad():
            return torch.cat([
                torch.sigmoid(self.logits(self.look_up(ids)))
                for ids in self.ids[chosen].split(10_000)]).numpy()


if __name__ == "__main__":
    options = worker.arguments()
    worker.serve(
        Peer(options), options,
        {"FBGEMM": version("fbgemm-gpu-cpu"), "PyTorch": torch.__version__})
