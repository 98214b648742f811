#!/bin/bash
# gpu.sh [DEVICE [PART...]]: what is worth knowing of one device in one call of at most eight minutes: what it
# is, whether every operator is right on it, where a step's time goes, how fast models train, beside what was
# expected and beside PyTorch on the same rows. Runs from a bundle and from the repository after `make build`,
# without network. DEVICE is as for `deepfm --device`, gpu if not given. PART is of devices, right, profile,
# rates, peers, models, operators, full, in the order of their worth, which is that of measuring. What is
# measured is written and shown at once, so that a call that is cut off has told what it had: results are in
# results-DATE-HOST, in $OUT or here.
#   BUDGET=480            seconds for all of it: parts that have no time left are named
#   BATCHES="4096 65536"  batch sizes          PYTHON=python3  a Python with PyTorch and NumPy
#   PEER_BATCHES="4096"   those with PyTorch   OUT=FOLDER      where the folder of results is made
#   ROWS=600000           rows of the log
set -uo pipefail

device=${1:-gpu}
shift || true
all="devices right profile rates peers models operators full"
# shellcheck disable=SC2086 # Words.
(($#)) || set -- $all
for part; do
  [[ " $all " == *" $part "* ]] || { echo "error: no part '$part'; there are $all" >&2; exit 2; }
done
here=$(cd "$(dirname "$0")" && pwd)
for deepfm in "$here/deepfm" "$here/../.build/release/deepfm" ""; do
  [[ -x $deepfm ]] && break
done
if [[ -z $deepfm ]]; then
  echo "error: there is no deepfm beside this script; in the repository, run 'make build' first" >&2
  exit 1
fi
read -ra batches <<<"${BATCHES:-4096 16384 65536 262144}"
read -ra peer_batches <<<"${PEER_BATCHES:-4096 65536}"
python=$(command -v "${PYTHON:-python3}") || python=
rows=${ROWS:-600000}
budget=${BUDGET:-480}
out=${OUT:-$PWD}/results-$(date +%F-%H%M)-$(uname -n)
mkdir -p "$out" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'say "cut off after $SECONDS s; what was measured is in $out"; exit 130' INT TERM HUP
# What the driver compiles is compiled anew, and kept: NVIDIA's has the kernels' PTX in it.
export CUDA_CACHE_PATH=$out/driver-cache
# Batches of more than 32 MB: malloc keeps such pieces, which it would otherwise map anew each time. For PyTorch too.
export GLIBC_TUNABLES=glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=8589934592

say() { echo "$*" | tee -a "$out/summary.txt"; }
left() { echo $((budget - SECONDS)); }

# Containers with a GPU often have the driver but no ICD file that names it, or one of another driver: unless
# a GPU is found, the libraries of drivers are looked for, and the first that brings one is taken.
shows_gpu() { [[ $(timeout 60 "$deepfm" devices 2>/dev/null) == *" gpu "* ]]; }
libraries() {
  local -a folders
  IFS=: read -ra folders <<<"${LD_LIBRARY_PATH-}"
  folders+=(/usr/lib/x86_64-linux-gnu /usr/local/nvidia/lib64 /usr/local/nvidia/lib /usr/lib64 /usr/lib
    /opt/rocm/lib /opt/rocm/opencl/lib)
  local folder
  for folder in "${folders[@]}"; do
    [[ -z $folder ]] || printf '%s\n' "$folder"/lib{nvidia-opencl,amdocl64}.so*
  done
  # Then wherever it may be.
  timeout 20 find -L /usr/local /opt /usr /run /home /root /lib64 -maxdepth 7 \
    \( -name 'libnvidia-opencl.so*' -o -name 'libamdocl64.so*' \) 2>/dev/null
}
find_driver() {
  local library folder before=${LD_LIBRARY_PATH-} vendors=${OCL_ICD_VENDORS-}
  while read -r library; do
    [[ -r $library ]] || continue
    folder=$(dirname "$library")
    # A folder with a file that names the library: every loader takes that. The bundle's own loader comes
    # before one that lies beside the driver.
    mkdir -p "$out/icd"
    echo "$library" >"$out/icd/driver.icd"
    export OCL_ICD_VENDORS=$out/icd/ LD_LIBRARY_PATH=$here/lib:${before:+$before:}$folder
    if shows_gpu; then
      say "driver: $library, which no ICD file names"
      return
    fi
  done < <(libraries)
  export LD_LIBRARY_PATH=$before OCL_ICD_VENDORS=$vendors
  [[ -n $vendors ]] || unset OCL_ICD_VENDORS
  say "driver: none of a GPU is found; going on with what 'deepfm devices' shows"
}

status=0
# run FILE SECONDS COMMAND...: its output goes to FILE.txt and is shown; it ends after so many seconds, or when
# there is no time left.
run() {
  local began=$SECONDS code=0 limit
  limit=$(left)
  ((limit < $2)) || limit=$2
  if ((limit < 8)); then
    say "left out for want of time: ${*:3}"
    return 1
  fi
  printf '\n$ %s\n' "${*:3}" | tee -a "$out/$1.txt"
  timeout --kill-after=5 "$limit" "${@:3}" 2> >(tee "$work/errors" >&2) | tee -a "$out/$1.txt"
  code=${PIPESTATUS[0]}
  ((code == 0)) || {
    status=1
    [[ $code != 124 ]] || code="none: it had $limit s"
    tail -3 "$work/errors" >>"$out/$1.txt"
    say "FAILED, exit code $code: ${*:3}"
  }
  echo "($((SECONDS - began)) s; $SECONDS s since the beginning)" | tee -a "$out/$1.txt"
  [[ $code == 0 ]]
}

devices() {
  {
    date --iso-8601=seconds
    "$deepfm" --version
    uname -sr
    lscpu | grep -E '^(Model name|CPU\(s\))'
    ldd "$deepfm" | grep -o 'libOpenCL.*'
    nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit --format=csv
    [[ -n $python ]] && timeout 60 "$python" -c \
      'import torch; print("PyTorch", torch.__version__, "sees a GPU:", torch.cuda.is_available())'
  } 2>/dev/null | tee -a "$out/devices.txt"
  run devices 60 "$deepfm" devices
  cat "$out/devices.txt" >>"$out/summary.txt" # Not by say: it has been shown.
}

# What tensor cores make is right within what they round; a device without them says so.
arithmetics() {
  local gemm
  echo own
  for gemm in tf32x3 tf32 bfloat16; do
    timeout 60 "$deepfm" doctor --device "$device" --gemm "$gemm" --only sum --quick >/dev/null 2>&1 && echo "$gemm"
  done
}

# Few cases of all operators, then all cases of those that tensor cores have a part in.
right() {
  local gemm
  run right 90 "$deepfm" doctor --device "$device" --gemm own --quick --limit 30 ||
    say "WRONG: the device fails the doctor; figures below are of a device that computes wrong"
  for gemm in "${gemms[@]:1}"; do
    run right 40 "$deepfm" doctor --device "$device" --gemm "$gemm" --only dense --limit 30 ||
      say "WRONG: products in $gemm fail the doctor"
  done
}

train() { echo "$deepfm" bench train --device "$device" --model "$1" --gemm "$2" "${@:3}"; }

profile() {
  local gemm
  # shellcheck disable=SC2046 # Words.
  for gemm in "${gemms[@]:0:2}"; do
    run profile 45 $(train deepfm-d "$gemm") --profile --batches 4096 65536 --rows 200000
  done
}

# What an H100 is expected to reach with the kernels of 2026-11-29, calculated by gpu-model.py before there was one;
# thousands of samples a second.
expected() {
  case $1-$2 in
    own-4096) echo 6400 ;; own-16384) echo 7800 ;; own-65536) echo 8300 ;; own-262144) echo 8500 ;;
    tf32x3-4096) echo 11100 ;; tf32x3-16384) echo 16500 ;; tf32x3-65536) echo 18500 ;; tf32x3-262144) echo 19300 ;;
    tf32-4096 | bfloat16-4096) echo 12200 ;; tf32-16384 | bfloat16-16384) echo 19200 ;;
    tf32-65536 | bfloat16-65536) echo 21800 ;; tf32-262144 | bfloat16-262144) echo 22800 ;;
    *) echo – ;;
  esac
}

# rate MODEL GEMM BATCH: a line as soon as it is known.
rate() {
  local line median slowest fastest expected=– of=$rows began=$SECONDS limit
  [[ $1 != deepfm-d ]] || ((!has_nvidia)) || expected="$(expected "$2" "$3") k/s"
  # A few full batches an epoch.
  ((of >= 8 * $3)) || of=$((8 * $3))
  limit=$(left)
  ((limit < 60)) || limit=60
  ((limit >= 8)) || { say "left out for want of time: rate of $*"; return; }
  echo "no answer within $limit s" >"$work/errors"
  # shellcheck disable=SC2046 # Words.
  line=$(timeout --kill-after=5 "$limit" $(train "$1" "$2") --batches "$3" --rows "$of" --rounds 3 --seconds 0.5 \
    --json 2> >(grep -v '^making' >>"$work/errors"))
  echo "$line" >>"$out/rates.json"
  median=$(sed -n 's/.*"median":\([0-9]*\).*/\1/p' <<<"$line")
  slowest=$(sed -n 's/.*"rates":\[\([0-9]*\).*/\1/p' <<<"$line")
  fastest=$(sed -n 's/.*"rates":\[[^]]*[,[]\([0-9]*\)[.0-9e+]*\].*/\1/p' <<<"$line")
  if [[ -z $median ]]; then
    status=1
    say "FAILED: rate of $*: $(tail -1 "$work/errors")"
    return
  fi
  say "$(printf '%-10s %-9s %7d  %8d k/s (%d–%d)  expected of an H100 %s  (%d s)' "$1" "$2" "$3" \
    $((median / 1000)) $((slowest / 1000)) $((fastest / 1000)) "$expected" $((SECONDS - began)))"
}

rates() {
  local gemm batch
  for batch in "${batches[@]}"; do
    for gemm in "${gemms[@]}"; do rate deepfm-d "$gemm" "$batch"; done
  done
}

models() {
  local model
  for model in lr fm deepfm-p; do rate "$model" own 4096; done
  rate deepfm-d clblast 4096
  rate deepfm-d clblast 65536
}

# All programs are started together and take turns, warm and synchronised, on the same rows: row-wise Adagrad for
# tables and Adam for the rest in each; floats, TF32 and bfloat16 beside each other.
peers() {
  if ! timeout 60 "$python" -c 'import numpy, torch' 2>/dev/null; then
    say "no PyTorch and NumPy for '${PYTHON:-python3}': only deepfm is measured. Name one: PYTHON=/path/to/python"
    return
  fi
  local deadline=$(($(left) - 10))
  ((deadline < 300)) || deadline=300
  DEEPFM_PEERS=$work run peers "$((deadline + 10))" "$python" "$here/peers/run.py" --device "$device" \
    --deepfm "$deepfm" --python "$python" --peers 'row-wise Adagrad' --together --deadline "$deadline" \
    --rounds 5 --seconds 0.5 --row-count "$rows" --batches "${peer_batches[@]}" --cores "$(nproc)" \
    --out "$out/peers.json"
  grep '^batch' "$out/peers.txt" >>"$out/summary.txt"
}

operators() { run operators 90 "$deepfm" bench operators --device "$device" --gemm own; }
full() { run full 600 "$deepfm" doctor --device "$device" --gemm own; }

[[ $device != gpu ]] || shows_gpu || find_driver
gemms=(own)
has_nvidia=0
nvidia-smi -L >/dev/null 2>&1 && has_nvidia=1
for part; do
  printf '\n==> %s, %d s of %d\n' "$part" "$SECONDS" "$budget" | tee -a "$out/summary.txt"
  [[ $part == devices ]] || ((${#gemms[@]} > 1)) || mapfile -t gemms < <(arithmetics)
  "$part"
done
say "done after $SECONDS s; results are in $out"
exit "$status"
