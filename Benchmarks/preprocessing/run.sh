#!/bin/bash
# run.sh LOG: encodes a log in Criteo's format, 1 million rows say, with deepfm and with FuxiCTR's own
# preprocessing, in turn, three times each, on the same cores. FuxiCTR wants a header and commas; the
# time to write those is not counted. Results on standard output.
set -euo pipefail
cd "$(dirname "$0")/../.."
log=$(realpath "${1:?a log in the format of Criteo}")
peers=${DEEPFM_PEERS:-$PWD/.cache/peers}
deepfm=${DEEPFM:-$PWD/.build/release/deepfm}
[[ -x $deepfm ]] || { echo "no $deepfm: make build" >&2; exit 1; }
Benchmarks/peers/setup.sh torch
work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
trap 'rm -rf "$work"' EXIT

{
  printf 'label'
  printf ',I%d' {1..13}
  printf ',C%d' {1..26}
  echo
  tr '\t' , <"$log"
} >"$work/log.csv"
rows=$(wc -l <"$log")
echo "$rows rows, $(stat -c %s "$log") bytes, $(nproc) cores"
for _ in 1 2 3; do
  rm -rf "$work/ours" "$work/fuxictr"
  began=$EPOCHREALTIME
  "$deepfm" encode "$log" --out "$work/ours" >"$work/ours.txt" 2>/dev/null
  ours=$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }')
  peak=$(sed -n 's/.*peak memory \([^;]*\);.*/\1/p' "$work/ours.txt")
  read -r theirs memory < <("$peers/torch/bin/python" Benchmarks/preprocessing/fuxictr_peer.py \
    "$work/log.csv" "$work/fuxictr" 2>"$work/fuxictr.txt" | tail -1)
  awk -v a="$ours" -v b="$theirs" -v p="$peak" -v m="$memory" -v r="$rows" 'BEGIN {
    printf "deepfm %.2f s (%.0f rows/s, %s)   FuxiCTR %.2f s (%.0f rows/s, %.1f GiB)   %.1f times\n",
      a, r / a, p, b, r / b, m / 1073741824, b / a }'
done
