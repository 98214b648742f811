#!/bin/bash
# test.sh: from a fresh clone to every test passed.
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
runner=(.build/release/deepfmPackageTests.xctest --testing-library swift-testing)
export DEEPFM_CHECK_ARGUMENTS=1

# Two processes, since OpenCL compilers compile one kernel at a time however many cores there are.
tests() {
  local failed=0
  "${runner[@]}" --filter "$operators" >"$work/operators" 2>&1 &
  "${runner[@]}" --skip "$operators" || failed=1
  wait $! || failed=1
  cat "$work/operators"
  return $failed
}
operators='^OperatorsTests\.'

# In the same folder as the tests' build: the package that it depends on is compiled as it is there.
consumer() {
  # SwiftPM notices new and removed files of a package by path only with a new manifest.
  touch Tests/Consumer/Package.swift
  swift run "${build[@]}" --package-path Tests/Consumer --scratch-path .build
}

# begin NAME COMMAND...: what works on one core for long is begun beside other things, in a process group of its own, which
# ends with this script; finish_begun NAME waits for it.
declare -A begun
begin() {
  set -m
  "${@:2}" >"$work/$1" 2>&1 &
  set +m
  begun[$1]=$!
}

end_begun() {
  local group
  for group in "${begun[@]}"; do kill -- "-$group" 2>/dev/null || true; done
}
trap 'end_begun; finish' EXIT

finish_begun() {
  local failed=0
  wait "${begun[$1]}" || failed=1
  cat "$work/$1" >&2
  return $failed
}

from_outside() { scripts/test-python.sh .build/release/deepfm "$(scripts/library.sh here)"; }

# Open MPI is for trainings on several ranks.
step "Set-up" scripts/setup.sh oclgrind openmpi-bin
step "Build" scripts/build.sh deepfm deepfmPackageTests
begin oclgrind scripts/oclgrind.sh trainings
step "Tests" tests
begin gpu scripts/claimed-gpu.sh
step "A package that depends on this one" consumer
step "Exported models beside predictions" scripts/test-export.sh .build/release/deepfm deepfm-d pnn \
  deepfm-finalnet finalmlp qnn
step "The library from C and Python" from_outside
step "The GPU's way on a CPU, begun behind the tests" finish_begun gpu
step "Trainings under a race and bounds checker, begun beside the tests" finish_begun oclgrind
say "All tests passed in $SECONDS s. Left to scripts/check.sh: races (each operator), fuzz, parquet (more tables), python (the wheel, scikit-learn's
own checks), imported (FuxiCTR, DeepCTR-Torch) and others that it lists."
