#!/bin/bash
# launches.sh [COMMAND [OPTION...]]: what a step gives a GPU, seen on a CPU that claims to be one: how many kernels, fills,
# copies and writes, and the bytes of the batch, for each model as `bench train` measures it (39 fields, a million
# features), with the rows on the device and, of DeepFM-D, on the host; then with the defaults of `train`, kernel by kernel. COMMAND is the deepfm to ask, by default
# the release build; options are further ones of bench train. Needs pocl or another OpenCL device.
. "$(dirname "$0")/lib.sh"

deepfm=$(realpath "${1:-.build/release/deepfm}")
work=$(mktemp -d)
clang -shared -fPIC -O1 -Wall -o "$work/claimed.so" Tests/Devices/claimed_device.c -ldl

# step OPTION...: the commands of one step, those between two batches, into $work/step. Kernels are left out: counting
# needs none.
step_of() {
  env "LD_PRELOAD=$work/claimed.so" CLAIMED_GPU_SKIP=1 "CLAIMED_GPU_LOG=$work/log" "XDG_CACHE_HOME=$work" \
    "$deepfm" bench train --gemm own --batches 1024 --rows 8192 --rounds 1 --seconds 0.01 --json "$@" \
    >/dev/null 2>"$work/errors" || { cat "$work/errors" >&2 && die "no step of $*"; }
  # A batch begins with writes, of its rows or of their numbers.
  awk '/^write pinned/ && last != "write" { ++batch }
    { last = $1 } batch == 6' "$work/log" >"$work/step"
  [[ -s $work/step ]] || die "no step of $* in the log"
}

# counts NAME: a line for the step at hand.
counts() {
  awk -v name="$1" '{ ++n[$1] } $1 == "write" { bytes += $3 }
    END { printf "%-28s %7d %5d %5d %6d %11d\n", name, n["kernel"], n["fill"], n["copy"], n["write"], bytes / 1024 }' \
    "$work/step"
}

defaults=(--dropout 0.2 --batch-norm true --tables whole --clip-norm 10 --wide-l2 0.05 --embedding-l2 0.05)
printf '%-28s %7s %5s %5s %6s %11s\n' model kernels fills copies writes 'B/sample'
for model in lr fm fnn ipnn opnn pnn lr-dnn fm-dnn deepfm-d deepfm-ip deepfm-op deepfm-p; do
  step_of --model "$model" "${@:2}"
  counts "$model"
done
step_of --model deepfm-d --rows-on host "${@:2}"
counts 'deepfm-d, rows on the host'
step_of --model deepfm-d "${defaults[@]}" "${@:2}"
counts 'deepfm-d, defaults of train'
printf '\nkernels of the last, in their order, with the work-items of each dimension\n'
grep '^kernel' "$work/step" | cut -d' ' -f2-
