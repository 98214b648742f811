"""ONNX Runtime on the model of torch_by_hand.py, exported from PyTorch: prediction only."""
import os
import tempfile

import numpy as np
import onnxruntime
import torch
import worker
from rows import Rows
from torch_by_hand import Embedded


class Peer:
    def __init__(self, options):
        torch.manual_seed(1)
        self.rows = Rows(options.rows)
        net = Embedded(self.rows, options.model, 0.0, sparse=False, compiled=lambda f: f).eval()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.onnx")
            export(net, path, self.rows.fields)
            settings = onnxruntime.SessionOptions()
            settings.intra_op_num_threads = options.cores
            settings.inter_op_num_threads = 1
            self.session = onnxruntime.InferenceSession(
                path, settings, providers=["CPUExecutionProvider"])
        ids = self.rows.ids[:5]
        with torch.no_grad():
            expected = torch.sigmoid(net(torch.from_numpy(ids).long())).numpy()
        assert np.allclose(self.predict(ids), expected, atol=1e-5), "the export changed the model"

    def predict(self, ids):
        return self.session.run(None, {"ids": ids.astype(np.int64)})[0]


class Probabilities(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, ids):
        return torch.sigmoid(self.net(ids))


def export(net, path, fields):
    """Writes the model with its initial weights, for batches of any size."""
    torch.onnx.export(
        Probabilities(net), (torch.zeros((2, fields), dtype=torch.int64),), path,
        input_names=["ids"], output_names=["probabilities"], dynamo=False,
        dynamic_axes={"ids": {0: "rows"}, "probabilities": {0: "rows"}})


if __name__ == "__main__":
    options = worker.arguments()
    worker.serve(
        Peer(options), options,
        {"ONNX Runtime": onnxruntime.__version__, "PyTorch": torch.__version__})
