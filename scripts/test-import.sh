#!/bin/bash
# test-import.sh DEEPFM: models that FuxiCTR and DeepCTR-Torch train here, imported and held against their own
# predictions; vectors of a field as NumPy, safetensors and gensim write them. Their packages come from PyPI (1 GB).
. "$(dirname "$0")/lib.sh"

(($# == 1)) || die "usage: test-import.sh DEEPFM"
deepfm=$(realpath "$1")
work=$(mktemp -d)

# DeepCTR-Torch and FuxiCTR name versions and packages that they do not need for this.
packages() {
  local folder=.cache/import
  [[ -e $folder/complete ]] && return
  python3 -c 'import ensurepip' 2>/dev/null || scripts/install.sh python3-venv
  python3 -m venv --clear "$folder"
  local pip=("$folder/bin/pip" install --quiet --disable-pip-version-check)
  # The wheel without CUDA is 200 MB instead of 4 GB, where it can be had.
  "${pip[@]}" torch==2.13.0+cpu 2>/dev/null ||
    "${pip[@]}" torch==2.13.0+cpu --extra-index-url https://download.pytorch.org/whl/cpu ||
    "${pip[@]}" torch==2.13.0 || return
  "${pip[@]}" h5py numpy pandas polars pyarrow pydantic pyyaml scikit-learn tqdm requests \
    safetensors==0.8.0 gensim==4.4.0 || return
  # Last, or pip complains of what they lack.
  "${pip[@]}" --no-deps deepctr-torch==0.3.0 fuxictr==2.3.10 || return
  touch "$folder/complete"
}

if ! packages >&2; then
  say "skipped: what trains the models cannot be installed from PyPI"
  exit
fi
.cache/import/bin/python Tests/Import/vectors.py "$deepfm" "$work" >&2
.cache/import/bin/python Tests/Import/checkpoints.py "$deepfm" "$work" >&2
say "imported models predict what they predicted"
