#!/bin/bash
# build.sh [PRODUCT...]: the command, .build/release/deepfm, or the products named. By name: `swift build` alone compiles
# all there is of the packages of which we take something.
. "$(dirname "$0")/lib.sh"

for product in "${@:-deepfm}"; do swift build "${build[@]}" --product "$product"; done
