#!/bin/bash
# check.sh [CHECK...]: what needs more than the tests do to be installed, with the bundle's command; all of it, or
# what is named:
#   bundle    the bundle, used in an empty environment
#   fuzz      a hundred thousand logs changed at random
#   places    every command under full disks, closed streams and signals
#   parquet   random tables of PyArrow, Polars and DuckDB beside what PyArrow reads; PARQUET_TABLES=10000 for more
#   metrics   every measure of deepfm metrics beside scikit-learn's
#   encode    encoding, killed at random moments, on a full disk, and with a flipped byte
#   resume    trainings on one and two ranks, killed at random moments and resumed
#   report    a report in Chromium: no script error, no request, no wider than a phone
#   exported  every model's ONNX file under onnxruntime, beside what the model predicts
#   python    the Python package: its wheel alone, with scikit-learn, and MovieLens-100k beside the command;
#             ARROW_TABLES=10000 for more
#   serving   a server: Triton's client, curl, its OpenAPI document, tokens, TLS, new versions, hostile requests
#   online    tests and policies beside tea-tasting and obp; a market and an analysis that are killed
#   docs      the library's reference: every link of its first page leads somewhere
#   ptx       the kernels of GPUs compiled for NVIDIA's
# and, only where they are named, for they fetch up to a GB or take minutes:
#   imported  models that FuxiCTR and DeepCTR-Torch train, imported; vectors as NumPy, safetensors and gensim write them
#   network   a training on two machines, which are network namespaces: the same model; a cut cable
#   spark     a log encoded in parts by PySpark and by mpirun
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")

fuzz() {
  DEEPFM_FUZZ=100000 swift test --disable-xctest --filter 'ReaderFuzzTests|ParquetFuzzTests'
}

places() { scripts/fuzz-commands.py "$deepfm" --runs 40; }

parquet() {
  environment parquet pyarrow==26.0.1 polars==2.1.0 duckdb==2.0.1 numpy==2.4.6
  .cache/parquet/bin/python Tests/Parquet/properties.py "$deepfm" "${PARQUET_TABLES:-300}"
}

metrics() {
  environment metrics scikit-learn==1.7.2
  .cache/metrics/bin/python Benchmarks/check-metrics.py "$deepfm"
}

encode() {
  "$deepfm" generate --rows 300000 --format criteo --out "$work/log.txt"
  DEEPFM=$deepfm scripts/test-encode.sh "$work/log.txt" 5
}

resume() {
  scripts/install.sh openmpi-bin procps
  "$deepfm" generate --rows 20000 --out "$work/small.csv"
  scripts/check-resume.py "$deepfm" "$work/small.csv" 4
  scripts/check-resume.py "$deepfm" "$work/small.csv" 3 --ranks 2
}

network() { scripts/test-ranks-network.sh "$deepfm"; }

spark() { scripts/test-spark.sh "$deepfm"; }

report() {
  scripts/install.sh chromium
  "$deepfm" generate --rows 20000 --out "$work/small.csv"
  "$deepfm" compare --train "$work/small.csv" --split random --models lr fm --seeds 1 2 --epochs 2 \
    --out "$work/compared"
  scripts/check-report.sh "$work/compared/report.html"
}

exported() { scripts/test-export.sh "$deepfm"; }

imported() { scripts/test-import.sh "$deepfm"; }

python() {
  scripts/wheel.sh
  scripts/test-python.sh "$deepfm"
}

serving() { scripts/test-serving.sh "$deepfm"; }

online() { scripts/test-online.sh "$deepfm"; }

docs() { scripts/docs.sh; }

ptx() { scripts/ptx.sh; }

bundle() { scripts/test-bundle.sh; }

all="bundle fuzz places parquet metrics encode resume report exported python serving online docs ptx"
named="imported network spark"
# shellcheck disable=SC2086 # Words.
(($#)) || set -- $all
for each; do
  [[ " $all $named " == *" $each "* ]] || die "no check '$each'; there are $all, and $named"
done
scripts/bundle.sh
deepfm=$(swift build --scratch-path .build/bundle -c release --show-bin-path)/deepfm
for each; do step "Check: $each" "$each"; done
say "All checks passed in $SECONDS s."
