#!/bin/bash
# claimed-gpu.sh: the operators and a small training the GPU's way, then with tables in the host's memory, on a CPU that
# claims to be a GPU with a memory full of NaN; a training with its check of the device, wherever tables lie. Needs pocl
# or another OpenCL device.
. "$(dirname "$0")/lib.sh"

library=$PWD/.build/claimed_device.so
clang -shared -fPIC -O1 -Wall -o "$library" Tests/Devices/claimed_device.c -ldl
work=$(mktemp -d)
claimed=(env "LD_PRELOAD=$library" CLAIMED_GPU_NAN=1 "XDG_CACHE_HOME=$work" .build/release/deepfm)
[[ $("${claimed[@]}" devices) == *gpu* ]] || die "The device does not claim to be a GPU."
"${claimed[@]}" doctor --quick
"${claimed[@]}" generate --rows 400 --out "$work/log.csv"
"${claimed[@]}" verify --train "$work/log.csv" --model deepfm-p --steps 4 --batch-size 100 --hidden 24,17
"${claimed[@]}" verify --train "$work/log.csv" --model deepfm-p --steps 4 --batch-size 100 --hidden 24,17 \
  --tables touched --tables-in host --wide-l2 0.05 --embedding-l2 0.05
# As a training checks the device, with the L2 that it has by default: rows of frequent ids stay on the device, the others
# travel, and the model is that of tables on the device.
for place in device host; do
  "${claimed[@]}" train --train "$work/log.csv" --model fm --epochs 1 --tables touched --tables-in "$place" \
    --out "$work/$place"
done
cmp "$work"/{device,host}/model.deepfm
# Tables in bfloat16, with the check of a training; which are refused in the host's memory.
"${claimed[@]}" train --train "$work/log.csv" --model deepfm-d --epochs 1 --hidden 24,17 --table-precision bfloat16 \
  --out "$work/rounded"
if "${claimed[@]}" train --train "$work/log.csv" --model fm --epochs 1 --tables touched --table-precision bfloat16 \
  --tables-in host --out "$work/travelling" 2>"$work/said"; then
  die "Tables in bfloat16 were let into the host's memory."
fi
grep 'tables in bfloat16' "$work/said"
# Rows that stay on the device, as above, and batches that are sent are the same training; a device that mixes rows up is
# refused.
"${claimed[@]}" train --train "$work/log.csv" --model fm --epochs 1 --tables touched --rows-on host --out "$work/sent"
cmp "$work"/{device,sent}/model.deepfm
if CLAIMED_REPLACE='ids[to] = all_ids[from]=>ids[to] = all_ids[from + 1]' "${claimed[@]}" train --unchecked \
  --train "$work/log.csv" --model fm --epochs 1 --out "$work/mixed" 2>"$work/said"; then
  die "A device that mixes rows up was trained on."
fi
grep 'come back from its memory otherwise' "$work/said"
