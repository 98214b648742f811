#!/bin/bash
# ptx.sh [ARCHITECTURE]: compiles the kernels of GPUs for NVIDIA's, sm_90 by default, where there is none:
# clang makes PTX of them, ptxas assembles it, and a table says how many registers a work-item takes, what of
# its own memory it puts on a stack, and what is spilled there for want of registers. Fails where a kernel
# does not assemble, or a matrix product is not in registers. What a driver's own compiler makes of them may
# differ.
. "$(dirname "$0")/lib.sh"

architecture=${1:-sm_90}
scripts/install.sh clang-15 libclc-15 libclc-15-dev
environment ptx nvidia-cuda-nvcc-cu12==12.9.86
ptxas=(.cache/ptx/lib/python3*/site-packages/nvidia/cuda_nvcc/bin/ptxas)
chmod +x "${ptxas[0]}"
work=$(mktemp -d)

# As KernelLibrary compiles them for a GPU.
options=(-cl-std=CL1.2 -cl-mad-enable -DLANES=4 -DROWS=8 -DDEPTH=192 -DDIGIT=4 -DSHARE=32)
target=(
  -target nvptx64--nvidiacl -Xclang -target-cpu -Xclang sm_80 -Xclang -target-feature -Xclang +ptx70
  -include clc/clc.h -Xclang -mlink-builtin-bitcode -Xclang /usr/lib/clc/nvptx64--nvidiacl.bc
)

# assemble FAMILY [OPTION...]: a line for each of its kernels.
assemble() {
  clang-15 -x cl -IKernels/Common -IKernels/Operators -IKernels/Update -O3 "${options[@]}" "${target[@]}" "${@:2}" -S Kernels/*/"$1.cl" -o "$work/family.ptx" \
    -Wno-everything || die "$1.cl does not compile."
  "${ptxas[0]}" -arch="$architecture" -v "$work/family.ptx" -o "$work/family.cubin" 2>"$work/said" ||
    { cat "$work/said" >&2 && die "$1.cl does not assemble."; }
  awk -v family="$1 ${*:2}" '
    /Function properties for/ { name = $NF }
    /bytes stack frame/ { stack = $1; spilled = $5 }
    /Used [0-9]+ registers/ {
      match($0, /Used [0-9]+/)
      printf "%-24s %-30s %9d %6d %8d\n", family, name, substr($0, RSTART + 5, RLENGTH - 5), stack, spilled
      if (name == "tiled_product" && stack > 0) failed = 1
    }
    END { exit failed }' "$work/said" || die "a product's sums are not in registers."
}

printf '%-24s %-30s %9s %6s %8s\n' family kernel registers stack spilled
for family in dropout dense activation sum embedding unique_ids interaction inner_product pair_products \
  field_sum outer_product multiply normalization cross_entropy penalize clip_rows grad_norm; do
  assemble "$family"
done
for arithmetic in 0 1 2; do assemble gemm_gpu "-DARITHMETIC=$arithmetic"; done
