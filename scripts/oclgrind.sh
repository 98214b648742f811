#!/bin/bash
# oclgrind.sh: runs small operator cases on Oclgrind's simulated device, which finds data races and
# accesses out of bounds that a real device may forgive. Fails if it has anything to say.
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
report=$work/report

status=0
oclgrind --data-races --max-errors 20 --log "$report" .build/debug/deepfm doctor --quick || status=$?
if [[ -s $report ]]; then
  cat "$report" >&2
  die "Oclgrind found errors."
fi
exit "$status"
