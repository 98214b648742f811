#!/bin/bash
# quality.sh DATA [SEED...]: trains LR, FM and DeepFM-D on Frappe and MovieLens-1M with the settings of
# Benchmarks/quality, a run for each seed (1 2 3 if none is given), and prints a table of test AUC and
# LogLoss as mean ± standard deviation. DATA holds frappe/{train,valid,test}.libsvm.gz and
# movielens-1m/{train,valid,test}.csv.gz. Runs that are there already, in runs/quality, are kept.
set -euo pipefail
data=$(realpath "${1:?usage: quality.sh DATA [SEED...]}")
shift
seeds=("${@:-1}")
(($#)) || seeds=(1 2 3)
cd "$(dirname "$0")/.."
export PATH=$PWD/.build/release:$PATH

train() {
  local set=$1 model=$2 seed=$3 extension=$4
  local out=runs/quality/$set-$model-$seed
  [[ -e $out/metrics.json ]] && return
  deepfm train --config "Benchmarks/quality/$set-$model.yaml" --schema "examples/$set.yaml" \
    --train "$data/$set/train.$extension" --valid "$data/$set/valid.$extension" \
    --test "$data/$set/test.$extension" --seed "$seed" --out "$out" >/dev/null
}

mkdir -p runs/quality
for model in lr fm deepfm-d; do
  for seed in "${seeds[@]}"; do
    train frappe "$model" "$seed" libsvm.gz
    train movielens-1m "$model" "$seed" csv.gz
  done
done

python3 - "${seeds[@]}" <<'END'
import csv, json, statistics as st, sys
def spread(values, digits):
    text = f"{st.mean(values):.{digits}f}"
    return text + (f" ± {st.stdev(values):.{digits}f}" if len(values) > 1 else "")
print("| data | model | test AUC | test LogLoss | epochs | s/epoch | samples/s |")
print("|---|---|---|---|---|---|---|")
for data in ("frappe", "movielens-1m"):
    for model in ("lr", "fm", "deepfm-d"):
        folders = [f"runs/quality/{data}-{model}-{seed}" for seed in sys.argv[1:]]
        runs = [json.load(open(f"{folder}/metrics.json")) for folder in folders]
        epochs = [list(csv.DictReader(open(f"{folder}/history.csv"))) for folder in folders]
        seconds = [float(e["seconds"]) for run in epochs for e in run]
        rates = [run["samples_per_second"] for run in runs]
        print(
            f"| {data} | {model} | {spread([r['test']['auc'] for r in runs], 5)}"
            f" | {spread([r['test']['log_loss'] for r in runs], 5)}"
            f" | {'/'.join(str(len(e)) for e in epochs)} | {st.median(seconds):.2f}"
            f" | {st.median(rates):,.0f} |")
print()
print(runs[0]["backend"])
END
