#!/bin/bash
# gpu.sh [DEVICE]: everything worth knowing about one device in one call: what it is, whether every
# operator computes right on it, how fast the operators are and how fast the models train. Runs from
# a bundle and from the repository after `make build`; DEVICE is as for `deepfm --device`, gpu if
# not given. Figures go to standard output, progress to standard error.
set -uo pipefail

device=${1:-gpu}
here=$(cd "$(dirname "$0")" && pwd)
for deepfm in "$here/deepfm" "$here/../.build/release/deepfm" ""; do
  [[ -x $deepfm ]] && break
done
if [[ -z $deepfm ]]; then
  echo "error: there is no deepfm beside this script; in the repository, run 'make build' first" >&2
  exit 1
fi

# Containers with a GPU often have the driver but no ICD file that names it.
find_driver() {
  local library folder
  for library in libnvidia-opencl.so.1 libamdocl64.so; do
    ldconfig -p 2>/dev/null | grep -q "$library" && { echo "$library"; return; }
    for folder in ${LD_LIBRARY_PATH//:/ } /usr/local/nvidia/lib64 /opt/rocm/lib; do
      [[ -r $folder/$library ]] && { echo "$folder/$library"; return; }
    done
  done
}
if [[ -z ${OCL_ICD_VENDORS:-} ]] && ! compgen -G '/etc/OpenCL/vendors/*.icd' >/dev/null; then
  OCL_ICD_VENDORS=$(find_driver)
  export OCL_ICD_VENDORS
  if [[ $OCL_ICD_VENDORS == /* ]]; then
    # The driver's own libraries lie beside it.
    export LD_LIBRARY_PATH=${OCL_ICD_VENDORS%/*}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  fi
  echo "No ICD file here; taking ${OCL_ICD_VENDORS:-nothing, for no driver was found}." >&2
fi

status=0
run() {
  printf '\n$ deepfm %s\n' "$*"
  local began=$SECONDS
  "$deepfm" "$@" || { status=1 && echo "FAILED"; }
  echo "($((SECONDS - began)) s)"
}

lscpu 2>/dev/null | grep -E '^(Model name|CPU\(s\))'
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null
run devices
run doctor --device "$device"
run bench operators --device "$device"
for model in lr fm deepfm-d; do
  run bench train --device "$device" --batches 256 4096 16384 65536 --model "$model"
done
exit "$status"
