#!/bin/bash
# gpu.sh [DEVICE [PART...]]: everything worth knowing about one device in one call: what it is, whether
# every operator computes right on it, how fast the operators are beside its own ceiling, and how fast
# the models train beside PyTorch, in turn on the same rows. Runs from a bundle and from the repository
# after `make build`, without network. DEVICE is as for `deepfm --device`, gpu if not given; PART is of
# devices, doctor, operators, models, peers. Results go into a folder results-DATE-HOST here, figures
# to standard output too, progress to standard error.
#   BATCHES="4096 65536"  batch sizes          PYTHON=python3  a Python with PyTorch and NumPy
#   ROWS=600000           rows of the log      SECONDS_EACH=1  the length of a measured round
set -uo pipefail

device=${1:-gpu}
shift || true
(($#)) || set -- devices doctor operators models peers
here=$(cd "$(dirname "$0")" && pwd)
for deepfm in "$here/deepfm" "$here/../.build/release/deepfm" ""; do
  [[ -x $deepfm ]] && break
done
if [[ -z $deepfm ]]; then
  echo "error: there is no deepfm beside this script; in the repository, run 'make build' first" >&2
  exit 1
fi
read -ra batches <<<"${BATCHES:-4096 16384 65536 262144}"
python=$(command -v "${PYTHON:-python3}")
rows=${ROWS:-600000}
seconds=${SECONDS_EACH:-1}
out=$PWD/results-$(date +%F-%H%M)-$(hostname)
mkdir -p "$out"

# Containers with a GPU often have the driver but no ICD file that names it, or one of another driver: unless
# a GPU is found, the libraries of drivers are looked for, and the first that brings one is taken.
shows_gpu() { [[ $("$deepfm" devices 2>/dev/null) == *" gpu "* ]]; }
find_driver() {
  local folder library before=${LD_LIBRARY_PATH-}
  local -a folders
  IFS=: read -ra folders <<<"${LD_LIBRARY_PATH-}"
  folders+=(/usr/lib/x86_64-linux-gnu /usr/local/nvidia/lib64 /usr/lib64 /usr/lib /opt/rocm/lib)
  for folder in "${folders[@]}"; do
    for library in "$folder"/lib{nvidia-opencl,amdocl64}.so*; do
      [[ -r $library ]] || continue
      # A folder with a file that names the library: every loader takes that. The bundle's own loader comes
      # before one that lies beside the driver.
      mkdir -p "$out/icd"
      echo "$library" >"$out/icd/driver.icd"
      export OCL_ICD_VENDORS=$out/icd LD_LIBRARY_PATH=$here/lib:$folder
      if shows_gpu; then
        echo "Taking the driver $library." >&2
        return
      fi
    done
  done
  unset OCL_ICD_VENDORS
  export LD_LIBRARY_PATH=$before
  echo "No driver of a GPU is found; going on with what 'deepfm devices' shows." >&2
}
[[ $device != gpu ]] || shows_gpu || find_driver

status=0
# run NAME COMMAND...: its output goes to NAME.txt and is shown.
run() {
  local began=$SECONDS
  {
    printf '\n$ %s\n' "${*:2}"
    "${@:2}" || echo "FAILED"
    echo "($((SECONDS - began)) s)"
  } | tee -a "$out/$1.txt"
  ! grep -q '^FAILED$' "$out/$1.txt" || status=1
}

facts() {
  date --iso-8601=seconds
  "$deepfm" --version
  uname -sr
  lscpu | grep -E '^(Model name|CPU\(s\))'
  nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit --format=csv
  "$python" -c 'import torch; print("PyTorch", torch.__version__, "CUDA", torch.version.cuda)'
}

# Products by our kernel and by CLBlast, one after the other: auto takes the faster one.
doctor() {
  "$deepfm" doctor --device "$device" --gemm own && "$deepfm" doctor --device "$device" --gemm clblast
}

operators() {
  "$deepfm" bench operators --device "$device" --gemm own || return
  with_products "$deepfm" bench operators --device "$device" --only dense
}

models() {
  local train=("$deepfm" bench train --device "$device" --batches "${batches[@]}" --rows "$rows"
    --seconds "$seconds")
  "${train[@]}" --model lr && "${train[@]}" --model fm && "${train[@]}" --model deepfm-d || return
  with_products "${train[@]}" --model deepfm-d
}

# with_products COMMAND...: by CLBlast, and by tensor cores where the device has them.
with_products() {
  local gemm
  for gemm in clblast tf32 bfloat16; do
    printf '\n--gemm %s\n' "$gemm"
    "$@" --gemm "$gemm" || [[ $gemm != clblast ]] || return
  done
}

peers() {
  if ! "$python" -c 'import numpy, torch' 2>/dev/null; then
    echo "No PyTorch for $python: only deepfm is measured. Name one: PYTHON=/path/to/python"
  fi
  DEEPFM_PEERS=$out/rows "$python" "$here/peers/run.py" --device "$device" --deepfm "$deepfm" \
    --python "$python" --rounds 5 --seconds "$seconds" --row-count "$rows" \
    --batches "${batches[@]}" --out "$out/peers.json"
  local code=$?
  rm -rf "$out/rows"
  return "$code"
}

facts 2>/dev/null | tee "$out/facts.txt"
for part; do
  case $part in
    devices) run devices "$deepfm" devices ;;
    doctor) run doctor doctor ;;
    operators) run operators operators ;;
    models) run models models ;;
    peers) run peers peers ;;
    *) echo "error: no part '$part'; there are devices, doctor, operators, models, peers" >&2; status=2 ;;
  esac
done
echo "results are in $out" >&2
exit "$status"
