#!/bin/bash
# test.sh: from a fresh clone to every test passed.
. "$(dirname "$0")/lib.sh"

consumer() {
  # SwiftPM notices new and removed files of a package by path only with a new manifest.
  touch Tests/Consumer/Package.swift
  swift run --package-path Tests/Consumer --scratch-path .build/consumer
}

from_outside() { scripts/test-python.sh .build/debug/deepfm "$(scripts/library.sh debug)"; }

# Open MPI is for trainings on several ranks.
step "Set-up" scripts/setup.sh oclgrind openmpi-bin
step "Build" swift build --build-tests
step "Tests" swift test --skip-build --disable-xctest
step "A package that depends on this one" consumer
step "Exported models beside predictions" scripts/test-export.sh .build/debug/deepfm deepfm-d pnn \
  deepfm-finalnet finalmlp qnn
step "The library from C and Python" from_outside
step "The GPU's way on a CPU" scripts/claimed-gpu.sh
step "Kernels under a race and bounds checker" scripts/oclgrind.sh
say "All tests passed in $SECONDS s."
