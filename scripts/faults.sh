#!/bin/bash
# faults.sh [DEEPFM]: a driver that leaves out one kernel, for each kernel that a training or a prediction launches: train,
# predict and evaluate must refuse it before their first step. As a CPU and as what claims to be a GPU; needs pocl or
# another OpenCL device. Takes minutes: `make devices` calls it.
. "$(dirname "$0")/lib.sh"

deepfm=$(realpath "${1:-.build/release/deepfm}")
work=$(mktemp -d)
library=$work/claimed.so
clang -shared -fPIC -O1 -Wall -o "$library" Tests/Devices/claimed_device.c -ldl
cd "$work"
"$deepfm" generate --rows 400 --out log.csv 2>/dev/null
# What pocl compiles is kept in its own place.
export POCL_CACHE_DIR=${POCL_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/pocl/kcache} XDG_CACHE_HOME=$work/cache
# shellcheck disable=SC2054 # Widths of layers.
small=(--train log.csv --epochs 1 --hidden 16,8 --embedding-size 4 --gemm own --overwrite)

# kernels COMMAND...: the kernels that it launches.
kernels() {
  CLAIMED_GPU_LOG=$work/log "${claimed[@]}" "$@" --unchecked >/dev/null 2>&1 || die "$* fails"
  sed -n 's/^kernel \([^ ]*\) .*/\1/p' log | sort -u
}

# refused KERNEL COMMAND...: without the kernel the command must say no, and leave nothing in "other".
missed=()
tried=0
# Not noticed yet: what the kernel adds to the embedding's gradient is a third of what the check allows there.
known=("CPU: train deepfm-p without pair_inner_gradient")
refused() {
  local said status=0
  # What was right without the kernel would be remembered.
  rm -rf "$XDG_CACHE_HOME"
  said=$(CLAIMED_FAULT=skip:$1 "${claimed[@]}" "${@:2}" 2>&1) || status=$?
  tried=$((tried + 1))
  if [[ $status != 1 || $said != *"found "* || $said != *--unchecked* || -e other ]]; then
    say "not noticed: $way: $2 $model without $1"
    [[ "$way: $2 $model without $1" == "${known[0]}" ]] || missed+=("$1")
  fi
  rm -rf other
}

for way in CPU GPU; do
  claimed=(env "LD_PRELOAD=$library")
  [[ $way == GPU ]] || claimed+=(CLAIMED_VECTOR=8)
  claimed+=("$deepfm")
  for model in deepfm-p fm; do
    train=(train "${small[@]}" --model "$model")
    mapfile -t names < <(kernels "${train[@]}" --out run)
    for name in "${names[@]}"; do refused "$name" "${train[@]}" --out other; done
    mapfile -t names < <(kernels predict run log.csv --gemm own)
    for name in "${names[@]}"; do
      refused "$name" predict run log.csv --gemm own --out other
      refused "$name" evaluate run log.csv --gemm own
    done
  done
done
((tried > 0)) || die "No kernel was left out."
((${#missed[@]} == 0)) || die "${#missed[@]} of $tried faults were not noticed."
say "All but ${#known[@]} of $tried faults were refused."
