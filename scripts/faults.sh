#!/bin/bash
# faults.sh [PART...]: train, predict and evaluate must refuse a driver with a fault before their first step, as a CPU
# and as what claims to be a GPU. Parts; all of them where none is named:
#   left-out  a driver that leaves out one kernel, for each kernel that a training or a prediction launches
#   planted   a driver that crashes or hangs; and an early exit by a difference in dense.cl, which the compiler of
#             Intel's CPU runtime gets wrong
# DEEPFM is the command. Needs pocl or another OpenCL device. Takes minutes: `make devices` calls it.
. "$(dirname "$0")/lib.sh"

deepfm=$(realpath "${DEEPFM:-.build/release/deepfm}")
work=$(mktemp -d)
library=$work/claimed.so
clang -shared -fPIC -O1 -Wall -o "$library" Tests/Devices/claimed_device.c -ldl
cd "$work"
"$deepfm" generate --rows 400 --out log.csv 2>/dev/null
# What pocl compiles is kept in its own place.
export POCL_CACHE_DIR=${POCL_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/pocl/kcache} XDG_CACHE_HOME=$work/cache
# shellcheck disable=SC2054 # Widths of layers.
small=(--train log.csv --epochs 1 --hidden 16,8 --embedding-size 4 --gemm own --overwrite)
hang_limit=20

missed=()
tried=0
# refused FAULT COMMAND...: with the fault, set as an environment variable, the command must say no in one error, and
# leave nothing in "other".
refused() {
  local said status=0 began=$SECONDS
  # What was right without the fault would be remembered.
  rm -rf "$XDG_CACHE_HOME"
  said=$("${claimed[@]:0:${#claimed[@]}-1}" "$1" "$deepfm" "${@:2}" 2>&1 >other.txt) || status=$?
  tried=$((tried + 1))
  if [[ $status != 1 || $(grep -c '^Error: ' <<<"$said") != 1 || $said != *"found "* ||
    $said != *--unchecked* || $said == *"epoch "* || -e other || -s other.txt ]]; then
    say "not noticed: $way: $2 $model with $1 (exit code $status)"
    missed+=("$1")
  elif [[ -n ${VERBOSE-} ]]; then
    say "$way: $2 $model with ${1%%$'\n'*}: exit code $status after $((SECONDS - began)) s:" \
      "$(grep -o 'found [^;]*' <<<"$said")"
  fi
  rm -rf other other.txt
}

# kernels COMMAND...: the kernels that it launches.
kernels() {
  CLAIMED_GPU_LOG=$work/log "${claimed[@]}" "$@" --unchecked >/dev/null 2>&1 || die "$* fails"
  sed -n 's/^kernel \([^ ]*\) .*/\1/p' log | sort -u
}

left-out() {
  for model in deepfm-p fm; do
    train=(train "${small[@]}" --model "$model")
    mapfile -t names < <(kernels "${train[@]}" --out run)
    for name in "${names[@]}"; do refused "CLAIMED_FAULT=skip:$name" "${train[@]}" --out other; done
    mapfile -t names < <(kernels predict run log.csv --gemm own)
    for name in "${names[@]}"; do
      refused "CLAIMED_FAULT=skip:$name" predict run log.csv --gemm own --out other
      refused "CLAIMED_FAULT=skip:$name" evaluate run log.csv --gemm own
    done
  done
}

planted() {
  model='deepfm-d'
  "${claimed[@]}" train "${small[@]}" --model "$model" --out run --unchecked >/dev/null 2>&1 ||
    die "the training fails without a fault"
  local exit="  vec sum = accumulate ?" faults=(CLAIMED_FAULT=crash:lookup CLAIMED_FAULT=hang:lookup)
  # Other compilers get this exit right.
  [[ $("$deepfm" devices) != *"Intel(R) OpenCL"* ]] ||
    faults+=("CLAIMED_REPLACE=  if (column >= width) return;"$'\n'"$exit=>  if (n <= 0) return;"$'\n'"$exit")
  for fault in "${faults[@]}"; do
    local limit=()
    [[ $fault != *hang* ]] || limit=(--check-limit "$hang_limit")
    refused "$fault" train "${small[@]}" --model "$model" --out other "${limit[@]}"
    refused "$fault" predict run log.csv --gemm own --out other "${limit[@]}"
    refused "$fault" evaluate run log.csv --gemm own "${limit[@]}"
  done
}

(($#)) || set -- left-out planted
for way in CPU GPU; do
  claimed=(env "LD_PRELOAD=$library")
  [[ $way == GPU ]] || claimed+=(CLAIMED_VECTOR=8)
  claimed+=("$deepfm")
  for part; do
    case $part in
      left-out | planted) "$part" ;;
      *) die "there is no part '$part'" ;;
    esac
  done
done
((tried > 0)) || die "No fault was tried."
((${#missed[@]} == 0)) || die "${#missed[@]} of $tried faults were not noticed."
say "All $tried faults were refused."
