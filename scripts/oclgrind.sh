#!/bin/bash
# oclgrind.sh [operators|trainings]: runs small cases of every operator, and two small trainings, on Oclgrind's simulated
# device, which finds data races and accesses out of bounds that a real device may forgive. Fails if it has anything to say.
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)

# checked COMMAND...: the simulated device calls itself a GPU; our own matrix product is to be checked, not
# CLBlast's.
checked() {
  local status=0 report=$work/report
  oclgrind --data-races --check-api --max-errors 20 --log "$report" \
    .build/release/deepfm "$@" --gemm own || status=$?
  if [[ -s $report ]]; then
    cat "$report" >&2
    die "Oclgrind found errors."
  fi
  ((status == 0)) || die "deepfm $1 failed with exit code $status."
}

# The operators alone: what whole models launch is seen in the trainings below, and on a faster device elsewhere.
[[ ${1-} == trainings ]] || checked doctor --quick --operators-only
[[ ${1-} != operators ]] || exit 0

awk 'BEGIN {
  print "label,user,item,day"
  for (row = 0; row < 64; ++row) {
    user = row * 7 % 11; item = row * 5 % 9; day = row % 3
    printf "%d,u%d,i%d,d%d\n", (user + item) % 2, user, item, day
  }
}' >"$work/log.csv"
printf 'label: label\nfields: [{name: user}, {name: item}, {name: day}]\n' >"$work/schema.yaml"
# Unchecked: the check before a training takes minutes on a simulated device.
checked train --train "$work/log.csv" --schema "$work/schema.yaml" --out "$work/run" --device gpu \
  --unchecked --epochs 1 --batch-size 16 --hidden 4,3 --embedding-size 3
# Two passes, gates, halves and several outputs.
checked train --train "$work/log.csv" --schema "$work/schema.yaml" --out "$work/twice" --device gpu \
  --model deepfm-finalnet --self-ensemble true --unchecked --epochs 1 --batch-size 16 --hidden 4,3 --second-hidden 5 \
  --embedding-size 3
