#!/bin/bash
# demo.sh: from a fresh clone to LR, FM and DeepFM-D trained on real ratings.
. "$(dirname "$0")/lib.sh"

fetch() {
  movielens=$(scripts/movielens.sh) ||
    say "MovieLens-100k could not be had: taking the built-in synthetic log instead."
}

step "Set-up" scripts/setup.sh
step "Build" scripts/build.sh
step "MovieLens-100k" fetch
step "Demo" .build/release/deepfm demo ${movielens:+--movielens "$movielens"}
