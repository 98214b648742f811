"""A model exported by `deepfm export` behind FastAPI, onnxruntime on one thread: what a team writes by
hand. As quick as it gets: orjson for the body and no validation beyond what NumPy does."""

import os

import numpy
import onnxruntime
import orjson
from fastapi import FastAPI, Request, Response

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
folder = os.environ["SERVING_MODELS"]
raw = onnxruntime.InferenceSession(f"{folder}/model.onnx", options, providers=["CPUExecutionProvider"])
ids = onnxruntime.InferenceSession(f"{folder}/ids.onnx", options, providers=["CPUExecutionProvider"])
slots = ids.get_inputs()[0].shape[1]
app = FastAPI()


@app.get("/v2/health/ready")
async def ready():
    return {"ready": True}


@app.post("/v2/models/clicks/infer")
async def infer(request: Request):
    """Raw values by the Open Inference Protocol, in JSON."""
    body = orjson.loads(await request.body())
    given = {tensor["name"]: numpy.array(tensor["data"], float if tensor["datatype"] == "FP64" else object)
             for tensor in body["inputs"]}
    scores = raw.run(None, given)[0]
    answer = {"model_name": "clicks", "outputs": [{"name": "probability", "datatype": "FP32",
                                                   "shape": [len(scores)], "data": scores.tolist()}]}
    return Response(orjson.dumps(answer), media_type="application/json")


@app.post("/ids")
async def infer_ids(request: Request):
    """Ids as bytes, [rows × slots] of int32: nothing is parsed or looked up."""
    given = numpy.frombuffer(await request.body(), numpy.int32).reshape(-1, slots)
    return Response(ids.run(None, {"ids": given})[0].tobytes())
