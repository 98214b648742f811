"""PyTorch as a practitioner writes it by hand: a DeepFM, FM or LR in a page, with the optimizers that
differ most in cost. --optimizer is

  dense-adam       nn.Embedding with dense gradients and one fused Adam over all parameters;
  sparse-adam      sparse gradients and SparseAdam for the tables, fused Adam for the rest;
  rowwise-adagrad  one table for weights and factors, updated in place by row-wise Adagrad, a number
                   of state a row, each occurrence on its own; fused Adam for the rest."""
import torch
import worker
from rows import FACTORS, HIDDEN, LEARNING_RATE, Rows
from torch import nn
from torch.nn import functional


class Head(nn.Module):
    """What follows the embedding: first-order term, pairwise term and deep part."""

    def __init__(self, model, fields, dropout):
        super().__init__()
        self.model = model
        self.bias = nn.Parameter(torch.zeros(1))
        if model != "deepfm":
            return
        layers, width = [], fields * FACTORS
        for hidden in HIDDEN:
            layers += [nn.Linear(width, hidden), nn.ReLU()]
            layers += [nn.Dropout(dropout)] if dropout else []
            width = hidden
        self.deep = nn.Sequential(*layers, nn.Linear(width, 1))

    def forward(self, weights, factors):
        """weights [rows, fields], factors [rows, fields, FACTORS] or None -> logits [rows]."""
        logits = weights.sum(1) + self.bias
        if self.model == "lr":
            return logits
        total = factors.sum(1)
        logits = logits + 0.5 * (total * total - (factors * factors).sum(1)).sum(1)
        return logits if self.model == "fm" else logits + self.deep(factors.flatten(1)).squeeze(1)


class Embedded(nn.Module):
    """Tables as nn.Embedding."""

    def __init__(self, rows, model, dropout, sparse, compiled):
        super().__init__()
        self.weights = nn.Embedding(rows.features, 1, sparse=sparse)
        self.factors = nn.Embedding(rows.features, FACTORS, sparse=sparse) if model != "lr" else None
        tables = [table.weight for table in (self.weights, self.factors) if table is not None]
        for table in tables:
            nn.init.normal_(table, std=1e-4)
        self.head = Head(model, rows.fields, dropout)
        rest = list(self.head.parameters())
        adam = lambda parameters: torch.optim.Adam(parameters, lr=LEARNING_RATE, fused=True)
        self.optimizers = (
            [torch.optim.SparseAdam(tables, lr=LEARNING_RATE), adam(rest)] if sparse
            else [adam(tables + rest)])
        self.loss = compiled(self.loss_of)

    def forward(self, ids):
        factors = self.factors(ids) if self.factors is not None else None
        return self.head(self.weights(ids).squeeze(-1), factors)

    def loss_of(self, ids, labels):
        return functional.binary_cross_entropy_with_logits(self(ids), labels)

    def step(self, ids, labels):
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        self.loss(ids, labels).backward()
        for optimizer in self.optimizers:
            optimizer.step()


class RowWise(nn.Module):
    """One table [features, factors + weight, padded], updated in place."""

    rate = 0.005

    def __init__(self, rows, model, dropout, compiled):
        super().__init__()
        self.width = 1 if model == "lr" else FACTORS + 2
        self.table = torch.randn(rows.features, self.width) * 1e-4
        self.squares = torch.full((rows.features,), 1e-8)
        self.head = Head(model, rows.fields, dropout)
        self.optimizer = torch.optim.Adam(self.head.parameters(), lr=LEARNING_RATE, fused=True)
        self.loss, self.update = compiled(self.loss_of), compiled(self.update_rows)

    def logits(self, looked_up):
        if self.width == 1:
            return self.head(looked_up[..., 0], None)
        return self.head(looked_up[..., FACTORS], looked_up[..., :FACTORS])

    def forward(self, ids):
        return self.logits(self.table[ids])

    def loss_of(self, looked_up, labels):
        return functional.binary_cross_entropy_with_logits(self.logits(looked_up), labels)

    def update_rows(self, table, squares, ids, gradient):
        squares.index_add_(0, ids, (gradient * gradient).mean(1))
        table.index_add_(
            0, ids, gradient * (-self.rate * torch.rsqrt(squares[ids]))[:, None])

    def step(self, ids, labels):
        flat = ids.reshape(-1)
        looked_up = self.table.index_select(0, flat).view(*ids.shape, self.width).requires_grad_()
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(looked_up, labels).backward()
        self.optimizer.step()
        with torch.no_grad():
            # Adagrad does not depend on the loss's scale; that of a sum suits its first steps.
            gradient = looked_up.grad.view(-1, self.width) * len(labels)
            self.update(self.table, self.squares, flat, gradient)


def in_half(function):
    def called(*arguments):
        with torch.autocast("cuda", torch.bfloat16):
            return function(*arguments)
    return called


class Peer:
    def __init__(self, options):
        self.on_gpu = options.device == "gpu" and torch.cuda.is_available()
        self.device = "cuda" if self.on_gpu else "cpu"
        torch.set_default_device(self.device)
        torch.set_num_threads(options.cores)
        # On a GPU both "high" and "medium" are TF32: bfloat16 is asked for by autocast there.
        torch.set_float32_matmul_precision(options.precision)
        half = self.on_gpu and options.precision == "medium"
        torch.manual_seed(1)
        # On a GPU all rows lie in its memory: no transfer is in the time of a step.
        self.rows, self.batch = Rows(options.rows), options.batch
        # As many bytes an id as ours.
        ids = torch.from_numpy(self.rows.ids)
        self.ids = ids.to(self.device) if self.on_gpu else ids.long()
        self.labels = torch.from_numpy(self.rows.labels).to(self.device)
        # Shapes are fixed: with dynamic ones the compiler makes slower code.
        mode = "reduce-overhead" if options.graphs else None
        self.graphs = options.graphs
        compiled = ((lambda f: torch.compile(f, dynamic=False, mode=mode)) if options.compile
                    else lambda f: f)
        if options.optimizer == "rowwise-adagrad":
            self.net = RowWise(self.rows, options.model, options.dropout, compiled)
        else:
            sparse = options.optimizer == "sparse-adam"
            self.net = Embedded(self.rows, options.model, options.dropout, sparse, compiled)
        if half:
            self.net.loss = in_half(self.net.loss)
        self.forward = compiled(lambda ids: torch.sigmoid(self.net(ids)))
        self.batches = self.endless()
        if options.mode in ("predict", "latency"):
            self.net.eval()

    def endless(self):
        while True:
            order = torch.randperm(self.rows.trained)
            for first in range(0, self.rows.trained - self.batch + 1, self.batch):
                chosen = order[first:first + self.batch]
                yield self.ids[chosen], self.labels[chosen]

    def train(self, steps):
        for _ in range(steps):
            if self.graphs:
                torch.compiler.cudagraph_mark_step_begin()
            self.net.step(*next(self.batches))
        if self.on_gpu:
            torch.cuda.synchronize()

    def train_epoch(self):
        self.train(self.rows.trained // self.batch)

    def predict(self, ids):
        with torch.inference_mode():
            return self.forward(torch.from_numpy(ids).long().to(self.device)).cpu().numpy()

    def probabilities(self, chosen):
        self.net.eval()
        with torch.inference_mode():
            return torch.cat([
                torch.sigmoid(self.net(ids)) for ids in self.ids[chosen].split(10_000)]).cpu().numpy()


if __name__ == "__main__":
    options = worker.arguments()
    peer = Peer(options)
    where = "" if peer.on_gpu or options.device == "cpu" else ", which sees no GPU: on the CPU"
    worker.serve(peer, options, {"PyTorch": torch.__version__ + where})
