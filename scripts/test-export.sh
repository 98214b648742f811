#!/bin/bash
# test-export.sh DEEPFM [MODEL...]: exported files under onnxruntime and safetensors, beside what deepfm predicts.
# The log has every kind of field and encoding, values that training never saw, and missing ones; without models
# named, all are trained, each with batch norm and without, with product layers of both forms.
. "$(dirname "$0")/lib.sh"

(($# > 0)) || die "usage: test-export.sh DEEPFM [MODEL...]"
deepfm=$(realpath "$1")
shift
work=$(mktemp -d)
if ! environment export onnx==1.23.2 onnxruntime==1.32.0 safetensors==0.8.0; then
  say "skipped: what reads the files cannot be installed from PyPI"
  exit
fi
python=.cache/export/bin/python

python3 - "$work" <<'END'
import random
import sys

random.seed(20261129)


def log(path, rows, sites):
    """Rows with every kind of value; more sites are values that a smaller log does not have."""
    def maybe(value, missing=0.1):
        return "" if random.random() < missing else str(value)

    with open(path, "w") as file:
        print("label,site,app,tags,words,page,ref,age,price,count,clicks,item,seen,when", file=file)
        for _ in range(rows):
            print(int(random.random() < 0.3), maybe(f"s{int(random.random() ** 3 * sites)}"),
                  maybe(f"s{random.randrange(60)}"), "|".join(random.choices("abcdefghij", k=random.randrange(5))),
                  "|".join(f"w{random.randrange(50)}" for _ in range(random.randrange(4))),
                  maybe(f"p{random.randrange(500)}"), maybe(f"r{random.randrange(500)}"),
                  maybe(round(random.gauss(40, 12), 2)), maybe(round(random.lognormvariate(0, 2), 4)),
                  maybe(random.randrange(-2, 400)), maybe(int(random.lognormvariate(2, 2))),
                  maybe(f"i{random.randrange(70)}"),
                  "|".join(f"i{random.randrange(70)}" for _ in range(random.randrange(6))),
                  maybe(f"2026-03-{random.randrange(1, 29):02} {random.randrange(24):02}:00:00", 0.02),
                  sep=",", file=file)


log(f"{sys.argv[1]}/log.csv", 3000, 300)
log(f"{sys.argv[1]}/new.csv", 1500, 400)
END
cat >"$work/schema.yaml" <<'END'
label: label
min_count: 2
missing: ["NULL", "s1"]
fields:
  - {name: site, kind: categorical, vocabulary: v}
  - {name: app, kind: categorical, vocabulary: v}
  - {name: tags, kind: multivalued}
  - {name: words, kind: multivalued, pooling: sum, encoding: hash, buckets: 20, hash: murmur3}
  - {name: page, kind: categorical, encoding: hash, buckets: 50, hash: murmur3}
  - {name: ref, kind: categorical, encoding: hash, buckets: 50}
  - {name: age, kind: numeric}
  - {name: price, kind: numeric, encoding: quantiles, buckets: 10}
  - {name: place, column: price, kind: numeric, encoding: piecewise}
  - {name: wave, column: price, kind: numeric, encoding: periodic, frequencies: 4}
  - {name: count, kind: numeric, encoding: boundaries, boundaries: [0, 10, 100.5]}
  - {name: clicks, kind: numeric, encoding: log-bucket}
  - {name: item, kind: categorical, vocabulary: i}
  - {name: seen, kind: multivalued, vocabulary: i, pooling: attention, max_values: 4}
  - {name: before, column: seen, kind: multivalued, vocabulary: i, pooling: din, max_values: 3}
  - {name: hour, column: when, kind: categorical, derive: hour}
END

# check MODEL OPTION...: trains a model and compares both forms of its ONNX file with its predictions.
check() {
  "$deepfm" train --train "$work/log.csv" --schema "$work/schema.yaml" --model "$@" --epochs 2 --batch-size 512 \
    --hidden 32,16 --learning-rate 0.01 --out "$work/run" --overwrite >"$work/said" 2>&1 || {
    cat "$work/said" >&2
    die "no $1"
  }
  for inputs in raw ids; do
    printf '%s, %s: ' "$*" "$inputs" >&2
    "$deepfm" export "$work/run" --inputs $inputs --verify "$work/new.csv" --python $python 2>"$work/said" |
      tail -1 >&2 || {
      cat "$work/said" >&2
      die "$* as $inputs"
    }
  done
}

named=$#
mapfile -t models < <("$deepfm" models | awk 'NR > 2 { print $1 }')
((named == 0)) || models=("$@")
for model in "${models[@]}"; do
  check "$model" --batch-norm true
  ((named)) || check "$model" --negative-rate 0.5 --activation tanh --product-form pairwise
done

"$deepfm" export "$work/run" --format safetensors >&2
$python - "$work/run/model.safetensors" <<'END'
import json
import sys

from safetensors import safe_open

with safe_open(sys.argv[1], "np") as file:
    offsets, text = file.get_tensor("vocabulary.offsets"), bytes(file.get_tensor("vocabulary.bytes"))
    rows = [json.loads(text[a:b]) for a, b in zip(offsets, offsets[1:])]
    table = next(name for name in file.keys() if name == "embedding" or name.endswith("wide.weight"))
    assert max(row["row"] for row in rows) < file.get_tensor(table).shape[0]
    assert {row["field"] for row in rows} >= {"site", "tags", "clicks", "hour"}, rows
    assert file.metadata()["format"] == "deepfm"
END
say "all files give what deepfm predicts"
