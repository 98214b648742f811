#!/usr/bin/env python3
"""vectors.py DEEPFM WORK: vectors of a field as NumPy, safetensors and gensim write them, taken by a model.

Each file has vectors for four of five items, and for items that the log does not have. With the learning
rate next to nothing and one epoch the model's vectors are those of the file: found in an export, value by
value. Frozen ones are still the same after training, in the model's own table.
"""

import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors
from safetensors import safe_open
from safetensors.numpy import save_file

deepfm, work = sys.argv[1], Path(sys.argv[2])
WIDTH, ITEMS = 6, 50
chance = random.Random(3)
with open(work / "log.csv", "w") as file:
    print("label,user,item", file=file)
    for _ in range(3000):
        item = chance.randrange(ITEMS)
        print(int(chance.random() < 0.2 + 0.5 * (item % 2)), f"u{chance.randrange(40)}", 100 + item, sep=",",
              file=file)
keys = [str(100 + item) for item in range(ITEMS) if item % 5] + [f"other {item}" for item in range(20)]
vectors = np.random.default_rng(4).normal(0, 0.3, (len(keys), WIDTH)).astype(np.float32)
kept = {key: vector for key, vector in zip(keys, vectors) if key.isdigit()}

names = np.array([key.replace(" ", "_") for key in keys])
np.savez(work / "plain.npz", key=names, value=vectors)
np.savez_compressed(work / "packed.npz", key=names, value=vectors.astype(np.float64))
whole = np.array([int(key) if key.isdigit() else 9000 + place for place, key in enumerate(keys)])
np.savez(work / "numbers.npz", key=whole, value=vectors)
np.save(work / "rows.npy", vectors)
(work / "rows.keys.txt").write_text("\n".join(names) + "\n")
np.save(work / "bytes.npy", vectors)
np.save(work / "bytes.keys.npy", names.astype("S"))
save_file({"key": whole, "value": vectors}, work / "tensors.safetensors")
table = KeyedVectors(WIDTH)
table.add_vectors(names.tolist(), vectors)
table.save_word2vec_format(work / "words.txt", binary=False)
table.save_word2vec_format(work / "words.bin", binary=True)
table.save_word2vec_format(work / "glove.txt", binary=False, write_header=False)


def trained(name, *options):
    """The item's vectors of a model by value, and all that was said."""
    run = work / f"run-{name}"
    said = subprocess.run(
        [deepfm, "train", "--train", work / "log.csv", "--model", "fm", "--embedding-size", str(WIDTH),
         "--out", run, "--overwrite", "--epochs", "1", "--embedding-l2", "0", "--device", "cpu", *options],
        check=True, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True).stderr
    subprocess.run([deepfm, "export", run, "--format", "safetensors"], check=True, stdout=subprocess.DEVNULL)
    with safe_open(run / "model.safetensors", "np") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}
    offsets, text = tensors["vocabulary.offsets"], bytes(tensors["vocabulary.bytes"])
    rows = [json.loads(text[a:b]) for a, b in zip(offsets, offsets[1:])]
    own = {row["value"]: row["row"] for row in rows if row["field"] == "item"}
    return own, tensors, said


for path in ["plain.npz", "packed.npz", "numbers.npz", "rows.npy", "bytes.npy", "tensors.safetensors",
             "words.txt", "words.bin", "glove.txt"]:
    rows, tensors, said = trained("start", "--vectors", f"item={work / path}", "--learning-rate", "1e-12")
    line = next(line for line in said.splitlines() if "have a vector" in line)
    assert f"item: {len(kept)} of {ITEMS} values have a vector" in line, line
    for key, vector in kept.items():
        assert np.allclose(tensors["embedding"][rows[key]], vector, atol=1e-5), (path, key)
    print(line, flush=True)

rows, tensors, said = trained("frozen", "--vectors", f"item={work / 'plain.npz'}:frozen", "--epochs", "3")
own = tensors["embedding.frozen"]
# Unknown and missing first, then the values in the order of their rows.
first = min(rows.values())
for key, row in rows.items():
    assert np.array_equal(own[row - first + 2], kept.get(key, np.zeros(WIDTH, np.float32))), key
print(f"frozen: {len(kept)} vectors as they were after three epochs, bit for bit")
