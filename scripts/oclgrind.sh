#!/bin/bash
# oclgrind.sh: runs small operator cases on Oclgrind's simulated device, which finds data races and
# accesses out of bounds that a real device may forgive. Fails if it has anything to say.
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
report=$work/report

# The simulated device calls itself a GPU; our own matrix product is to be checked, not CLBlast's.
status=0
oclgrind --data-races --check-api --max-errors 20 --log "$report" \
  .build/debug/deepfm doctor --quick --gemm own || status=$?
if [[ -s $report ]]; then
  cat "$report" >&2
  die "Oclgrind found errors."
fi
exit "$status"
