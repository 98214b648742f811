#!/bin/bash
# lint.sh: the format of the Swift sources, what shellcheck and ruff find in scripts, how kernels may not leave,
# how long a file may be, and that no target or folder knows of one above it.
. "$(dirname "$0")/lib.sh"

tools() {
  command -v shellcheck >/dev/null || scripts/install.sh shellcheck
  environment lint ruff==0.17.6
}

# Intel's compiler turns the bound of the next kernel round, see docs/devices.md.
exits() {
  ! grep -rnE 'if \(n (<|<=) [0-9]+\) return' Kernels >&2 ||
    die "A kernel leaves by a difference; compare its place: if (column >= width) return;"
}

# A file has one theme: one this long has two.
lengths() {
  local long
  long=$(find Sources Kernels \( -name '*.swift' -o -name '*.cl' \) -exec wc -l {} + |
    awk '$2 != "total" && $1 > 350')
  [[ -z $long ]] || die "over 350 lines:"$'\n'"$long"
}

step "Tools" tools
step "Swift" swift format lint --strict --configuration .swift-format --recursive Package.swift Kernels \
  Sources Tests
step "Early exits of kernels" exits
step "Lengths of files" lengths
# SC2317: `step` and `run` call functions by name.
step "Scripts" shellcheck --external-sources --source-path SCRIPTDIR --exclude SC2317 .ci/run \
  scripts/*.sh Benchmarks/*.sh Benchmarks/*/*.sh docs/images/*.sh
step "Python" .cache/lint/bin/ruff check --quiet .
step "Layers" scripts/check-layers.py
