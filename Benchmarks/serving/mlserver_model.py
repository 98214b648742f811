"""The same model in MLServer, a server of the Open Inference Protocol in Python, onnxruntime on one
thread."""

import os

import numpy
import onnxruntime
from mlserver import MLModel
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput


class Clicks(MLModel):
    async def load(self) -> bool:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            f"{os.environ['SERVING_MODELS']}/model.onnx", options, providers=["CPUExecutionProvider"])
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        given = {}
        for tensor in payload.inputs:
            data = getattr(tensor.data, "root", getattr(tensor.data, "__root__", tensor.data))
            given[tensor.name] = numpy.array(data, float if tensor.datatype == "FP64" else object)
        scores = self.session.run(None, given)[0]
        return InferenceResponse(model_name="clicks", outputs=[ResponseOutput(
            name="probability", datatype="FP32", shape=[len(scores)], data=scores.tolist())])
