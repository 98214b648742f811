#!/bin/bash
# test-python.sh DEEPFM [FOLDER]: the Python package, and the library under it from C. Without a folder, as users have
# it: the wheel of dist in an environment with nothing else, its tests beside scikit-learn, pandas, polars and pyarrow,
# and MovieLens-100k to the command's very AUC. With a folder of scripts/library.sh, that library from C, and with the
# package where it lies the tests of rows and of the estimator, a grid searched, and random Parquet tables beside PyArrow.
# ARROW_TABLES=10000 compares so many random tables in memory.
. "$(dirname "$0")/lib.sh"

(($# > 0)) || die "usage: test-python.sh DEEPFM [FOLDER]"
deepfm=$(realpath "$1")
folder=${2:-}
work=$(mktemp -d)
if [[ -z $folder ]]; then
  wheel=$(echo dist/deepfm-*.whl)
  [[ -r $wheel ]] || die "no wheel in dist; make one with 'make wheel'."
fi

alone() {
  python3 -c 'import ensurepip' 2>/dev/null || scripts/install.sh python3-venv
  python3 -m venv "$work/alone"
  "$work/alone/bin/pip" install --quiet --disable-pip-version-check "$wheel" </dev/null >&2
  (cd "$work" && alone/bin/python - <<'END')
import numpy as np
from deepfm import DeepFM

rows = np.arange(2000)
model = DeepFM(hidden=[8], epochs=3).fit({"a": rows % 7, "b": rows % 5}, rows % 7 < 3)
assert model.validation_["auc"] == 1, model.validation_
print(f"alone with numpy: {model.model_}")
END
}

# from_c FOLDER: the example, which trains, and predicts what the command predicts with its model.
from_c() {
  cc -std=c99 -Wall -Wextra -Werror -pedantic examples/c/clicks.c -I "$1/include" -L "$1/lib" -ldeepfm \
    -Wl,-rpath,"$(realpath "$1")/lib" -o "$work/clicks"
  "$deepfm" generate --rows 3000 --out "$work/train.csv"
  "$deepfm" generate --rows 500 --seed 2 --out "$work/new.csv"
  (cd "$work" && ./clicks train.csv new.csv clicks.deepfm >ours.txt)
  (cd "$work" && "$deepfm" predict clicks.deepfm new.csv --unchecked >theirs.txt)
  paste "$work/ours.txt" "$work/theirs.txt" | awk '
    { difference = $1 - $2; if (difference < 0) difference = -difference; if (difference > 1e-7) differ = 1 }
    END { exit NR != 500 || differ }' || die "predictions from C are not the command's"
  if (cd "$work" && ./clicks nowhere.csv new.csv x.deepfm 2>error.txt); then die "a log that is not there is read"; fi
  grep -q '^error: nowhere.csv: found no such file' "$work/error.txt" || die "$(cat "$work/error.txt")"
}

packages() {
  environment python pyarrow==26.0.1 polars==2.1.0 pandas==3.1.1 duckdb==2.0.1 numpy==2.4.6 \
    scikit-learn==1.9.1 pytest==9.2.0 mypy==2.4.1
  [[ -n $folder ]] || .cache/python/bin/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps \
    "$wheel" </dev/null >&2
}

# tests FILE...
tests() { DEEPFM=$deepfm .cache/python/bin/python -m pytest -q -p no:cacheprovider "$@"; }

types() { .cache/python/bin/python -m mypy --cache-dir .cache/mypy --ignore-missing-imports python/deepfm; }

# The example's parts as logs give the command the same model: test AUC and LogLoss to the last digit.
movielens() {
  local data ours theirs
  data=$(scripts/movielens.sh) || { say "skipped: MovieLens-100k could not be had"; return; }
  ours=$(.cache/python/bin/python examples/python/movielens.py "$data" --csv "$work" --epochs 2 | tee /dev/stderr |
    sed -n 's/^test AUC //p')
  (cd "$work" && "$deepfm" train --train train.csv --valid valid.csv --test test.csv --epochs 2 --out run --unchecked)
  theirs=$(python3 - "$work/run/metrics.json" <<'END'
import json
import sys

test = json.load(open(sys.argv[1]))["test"]
print(f"{test['auc']!r}, LogLoss {test['log_loss']!r}")
END
  )
  [[ -n $ours && $ours == "$theirs" ]] || die "test AUC $ours from Python, $theirs from the command"
  say "test AUC $ours, as the command's"
}

if [[ -n $folder ]]; then
  step "The library from C" from_c "$folder"
  if ! packages; then
    say "skipped: what the Python package is tested beside cannot be installed from PyPI"
    exit
  fi
  export DEEPFM_LIBRARY=$folder/lib/libdeepfm.so PYTHONPATH=$PWD/python
  sklearn=Tests/Python/test_sklearn.py
  step "The Python package" tests Tests/Python/test_arrow.py Tests/Python/test_estimator.py \
    $sklearn::test_a_grid_is_searched_over_settings $sklearn::test_it_is_a_step_of_a_pipeline
  step "Parquet beside PyArrow" .cache/python/bin/python Tests/Parquet/properties.py "$deepfm" 100
  exit
fi
step "The wheel alone" alone
step "The library from C" from_c .build/bundle/c
step "Python's packages" packages
step "Types" types
step "The package's tests" tests Tests/Python
step "MovieLens-100k" movielens
