#!/bin/bash
# host-time.sh [COMMAND [OPTION...]]: what a step of DeepFM-D costs the host beside launches, by batch size: nanoseconds a
# sample and milliseconds a step that the thread which gives the commands takes of a processor, on a CPU that claims to be
# a GPU and leaves kernels out. What the driver does to set the kernels' arguments and to launch them is not in it, and
# neither are the loader's threads. COMMAND is the deepfm to ask, by default the release build; options are further ones of
# bench train, as --rows-on host: rows stay on the device by default. BATCHES="4096 65536" are the batch sizes. Needs pocl or
# another OpenCL device.
. "$(dirname "$0")/lib.sh"

deepfm=$(realpath "${1:-.build/release/deepfm}")
work=$(mktemp -d)
clang -shared -fPIC -O1 -Wall -o "$work/claimed.so" Tests/Devices/claimed_device.c -ldl

printf '%8s %10s %9s  %s\n' batch ns/sample ms/step 'steps looked at'
for batch in ${BATCHES:-4096 16384 65536 262144}; do
  # Some batches an epoch.
  rows=$((4 * batch))
  ((rows > 100000)) || rows=100000
  env "LD_PRELOAD=$work/claimed.so" CLAIMED_GPU_SKIP=time "CLAIMED_GPU_LOG=$work/log" "XDG_CACHE_HOME=$work" \
    "$deepfm" bench train --gemm own --batches "$batch" --rows "$rows" --rounds 3 --seconds 0.3 --json "${@:2}" \
    >/dev/null 2>"$work/errors" || { cat "$work/errors" >&2 && die "no steps of $batch"; }
  # Each batch begins with writes, of its rows or of their numbers, and the first has a line, whose last word is the
  # thread's time so far. The median of what passes between two batches, but for the first ones.
  awk '/^write pinned/ { if (++n > 4) print $4 - before; before = $4 }' "$work/log" | sort -n >"$work/times"
  awk -v batch="$batch" '{ time[NR] = $1 }
    END { median = time[int((NR + 1) / 2)]; printf "%8d %10.1f %9.3f  %d\n", batch, median / batch, median / 1e6, NR }' \
    "$work/times"
done
