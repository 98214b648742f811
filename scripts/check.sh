#!/bin/bash
# check.sh [--minutes N] [CHECK...]: what takes more than the tests do; all of it, or what is named, and of that
# what should end within so many minutes. Where there is not time for all, what was left out is said at the end.
#   races     every operator on a simulated device that finds races and accesses out of bounds
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
#   bundle    the bundle, used in an empty environment
# and, only where they are named, for they fetch up to a GB or take minutes:
#   imported  models that FuxiCTR and DeepCTR-Torch train, imported; vectors as NumPy, safetensors and gensim write them
#   network   a training on two machines, which are network namespaces: the same model; a cut cable
#   spark     a log encoded in parts by PySpark and by mpirun
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")

races() {
  scripts/install.sh oclgrind
  scripts/oclgrind.sh operators
}

fuzz() {
  scripts/build.sh deepfmPackageTests
  DEEPFM_FUZZ=100000 .build/release/deepfmPackageTests.xctest --testing-library swift-testing \
    --filter 'ReaderFuzzTests|ParquetFuzzTests'
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
  scripts/check-resume.py "$deepfm" "$work/small.csv" 2 --ranks 2 --tables-in ranks
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

bundle() {
  scripts/bundle.sh
  scripts/test-bundle.sh
}

# By what a minute of each finds.
all="fuzz places races serving encode resume metrics parquet online report exported ptx docs python bundle"
named="imported network spark"
# The minutes that they take on two cores; of the others one or two.
declare -A takes=([places]=5 [races]=10 [exported]=8 [docs]=8 [python]=15 [bundle]=15)
minutes=1000
if [[ ${1-} == --minutes ]]; then
  minutes=${2-}
  [[ $minutes =~ ^-?[0-9]+$ ]] || die "--minutes: expected a number"
  shift 2
fi
# shellcheck disable=SC2086 # Words.
(($#)) || set -- $all
for each; do
  [[ " $all $named " == *" $each "* ]] || die "no check '$each'; there are $all, and $named"
done
scripts/build.sh
deepfm=$PWD/.build/release/deepfm
left_out=()
for each; do
  if ((SECONDS < (minutes - ${takes[$each]:-2}) * 60)); then step "Check: $each" "$each"; else left_out+=("$each"); fi
done
say "$(($# - ${#left_out[@]})) of $# checks passed in $SECONDS s.${left_out[*]:+ Left out for want of time: ${left_out[*]}.}"
