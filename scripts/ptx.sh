#!/bin/bash
# ptx.sh [ARCHITECTURE]: compiles the kernels of GPUs for NVIDIA's, sm_90 by default, where there is none:
# clang makes PTX of them, ptxas assembles it, and a table says how many registers a work-item takes, what of
# its own memory it puts on a stack, what is spilled there for want of registers; and of the instructions, as they are
# disassembled, how many loads and stores of global memory there are by their width in bytes, and which share of its
# longest loop is arithmetic (fused multiplications, or those of tensor cores). Fails where a kernel does not assemble,
# where something is spilled, or a matrix product is not in registers. What a driver's own compiler makes of them may
# differ. DEEPFM is the command, which says what optimizers are compiled.
. "$(dirname "$0")/lib.sh"

architecture=${1:-sm_90}
scripts/install.sh clang-15 libclc-15 libclc-15-dev
environment ptx nvidia-cuda-nvcc-cu12==12.9.86 nvidia-cuda-nvdisasm==13.5.37
ptxas=(.cache/ptx/lib/python3*/site-packages/nvidia/cuda_nvcc/bin/ptxas)
nvdisasm=(.cache/ptx/lib/python3*/site-packages/nvidia/*/bin/nvdisasm)
chmod +x "${ptxas[0]}" "${nvdisasm[0]}"
work=$(mktemp -d)
deepfm=$(realpath "${DEEPFM:-.build/release/deepfm}")

# As KernelLibrary compiles them for a GPU.
options=(-cl-std=CL1.2 -cl-mad-enable -DLANES=4 -DROWS=8 -DDEPTH=192)
target=(
  -target nvptx64--nvidiacl -Xclang -target-cpu -Xclang sm_80 -Xclang -target-feature -Xclang +ptx70
  -include clc/clc.h -Xclang -mlink-builtin-bitcode -Xclang /usr/lib/clc/nvptx64--nvidiacl.bc
)

# assemble FAMILY FILE [OPTION...]: a line for each of its kernels.
assemble() {
  clang-15 -x cl -IKernels/Common -IKernels/Operators -IKernels/Update -O3 "${options[@]}" "${target[@]}" "${@:3}" -S "$2" \
    -o "$work/family.ptx" -Wno-everything || die "$1.cl does not compile."
  "${ptxas[0]}" -arch="$architecture" -v "$work/family.ptx" -o "$work/family.cubin" 2>"$work/said" ||
    { cat "$work/said" >&2 && die "$1.cl does not assemble."; }
  "${nvdisasm[0]}" -c "$work/family.cubin" >"$work/family.sass" 2>/dev/null
  python3 - "$1 ${*:3}" "$work/said" "$work/family.sass" <<'END' || die "$1.cl: a product is not in registers, or something is spilled."
import re
import sys

family, said, sass = sys.argv[1].replace("-D", "").strip(), open(sys.argv[2]).read(), open(sys.argv[3]).read()
code = {name: text for name, text in re.findall(r"\.section\s+\.text\.(\w+)(.*?)(?=\n\s*\.section\s|\Z)", sass, re.S)}
failed = False


def arithmetic(body):
    return sum(bool(re.search(rf"\b{multiplication}\b", one)) for one in body)


for name, stack, spilled, registers in re.findall(
    r"properties for (\w+)\s+(\d+) bytes stack frame, (\d+) bytes spill.*?Used (\d+) registers", said, re.S
):
    lines = [line for line in code.get(name, "").splitlines() if "/*" in line or line.startswith(".L")]
    width = {16: 0, 8: 0, 4: 0}
    labels, loops = {}, []
    multiplication = "HMMA" if "HMMA" in code.get(name, "") else "FFMA"
    for index, line in enumerate(lines):
        if label := re.match(r"(\.L\w+):", line):
            labels[label[1]] = index
        if access := re.search(r"\b(?:LDG|STG)(\.\S*)?", line):
            width[16 if ".128" in access[0] else 8 if ".64" in access[0] else 4] += 1
        # A branch back to a label that has been passed is a loop; one to itself is what follows the end.
        if (back := re.search(r"\bBRA\b.*`\((\.L\w+)\)", line)) and labels.get(back[1], index) < index - 1:
            loops.append([one for one in lines[labels[back[1]] : index + 1] if "/*" in one])
    # The one with most arithmetic, of those the shortest.
    loop = max(loops, key=lambda body: (arithmetic(body), -len(body)), default=[])
    text = f"{arithmetic(loop)} of {len(loop)}" if loop else "-"
    print(
        f"{family:36} {name:30} {registers:>9} {stack:>6} {spilled:>8} {width[16]:>5} {width[8]:>4} {width[4]:>4}"
        f"  {text}"
    )
    failed |= int(spilled) > 0 or (name == "tiled_product" and int(stack) > 0)
sys.exit(failed)
END
}

printf '%-36s %-30s %9s %6s %8s %5s %4s %4s  %s\n' family kernel registers stack spilled '16 B' '8 B' '4 B' \
  'arithmetic of a loop'
for family in kept_rows embedding_gpu unique_ids_gpu interaction_gpu dense_gpu sum cross_entropy_gpu normalization_gpu \
  normalization dropout dense activation inner_product pair_products field_sum outer_product multiply clip_rows; do
  assemble "$family" Kernels/*/"$family.cl"
done
# The optimizers' own source is the host's: what it gives a compiler for a training with the defaults.
clang -shared -fPIC -O1 -o "$work/claimed.so" Tests/Devices/claimed_device.c -ldl
env "LD_PRELOAD=$work/claimed.so" "CLAIMED_GPU_SOURCES=$work" CLAIMED_GPU_SKIP=1 "XDG_CACHE_HOME=$work/cache" \
  "$deepfm" bench train --gemm own --batches 256 --rows 1024 --rounds 1 --seconds 0.01 --clip-norm 10 \
  --tables whole --json >/dev/null 2>&1 || die "no sources of $deepfm"
assemble optimizer_gpu "$(grep -l '^#define CHOOSE_SLOT' "$work"/*.cl | head -1)" -DSLOTS=16 -DSTATES=2
# Of products in floats, TF32, bfloat16 and three in TF32, tiles of each height.
for arithmetic in 0 1 2 3; do
  for rows in 64 128 160; do
    assemble gemm_gpu Kernels/Products/gemm_gpu.cl "-DROWS_EACH=$rows" "-DARITHMETIC=$arithmetic"
  done
done
