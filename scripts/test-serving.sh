#!/bin/bash
# test-serving.sh DEEPFM [HOSTILE [SWAPS]]: serves models and asks them as others do: Triton's client, curl, a tool that
# makes requests of the OpenAPI document, one whose requests are logged, joined and trained on, clients that were idle for
# long, ones with and without tokens and certificates, ones that mean harm (HOSTILE requests, 5000 if not given), and ones
# that go on asking while versions change (SWAPS, 20 if not given).
. "$(dirname "$0")/lib.sh"

deepfm=$(realpath "$1")
hostile=${2:-5000}
swaps=${3:-20}
work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
python=.cache/serving/bin/python

tools() {
  command -v curl openssl >/dev/null || scripts/install.sh curl openssl
  environment serving 'tritonclient[http]==2.73.0' schemathesis==4.32.5
}

models() {
  "$deepfm" generate --rows 20000 --out "$work/log.csv"
  "$deepfm" train --train "$work/log.csv" --model deepfm-d --epochs 1 --seed 1 --out "$work/first"
  "$deepfm" train --train "$work/log.csv" --model deepfm-d --epochs 1 --seed 2 --out "$work/second"
} >/dev/null

# The checks of the document itself: each answer is as it says, and what is not as it says is refused.
schemathesis() {
  "$deepfm" serve "$work/first" --name clicks --port 0 >"$work/address" 2>"$work/served" &
  local server=$!
  until grep -q listening "$work/address"; do
    kill -0 $server || die "the server ended: $(cat "$work/served")"
    sleep 0.1
  done
  local address
  address=$(sed 's/listening at //' "$work/address")
  .cache/serving/bin/schemathesis run "$address/openapi.json" --checks all --exclude-checks missing_required_header \
    --generation-allow-x00 false --max-examples 200 --seed 1 --no-color || die "the document and the server differ"
  kill -TERM $server
  wait $server
}

step "Tools" tools
step "Models" models
step "Clients" $python Tests/Serving/clients.py "$deepfm" "$work/first" "$work/log.csv"
step "OpenAPI" schemathesis
step "A log to learn from" $python Tests/Serving/learning.py "$deepfm" "$work/first" "$work/log.csv" 2000
step "Killed servers and joins" $python Tests/Serving/kills.py "$deepfm" "$work/first" "$work/log.csv" 5
step "Idle connections" $python Tests/Serving/idle.py "$deepfm" "$work/first" "$work/log.csv"
step "Security" $python Tests/Serving/security.py "$deepfm" "$work/first"
step "Swaps" $python Tests/Serving/swaps.py "$deepfm" "$work/first" "$work/second" "$work/log.csv" "$swaps"
step "Hostile requests" $python Tests/Serving/hostile.py "$deepfm" "$work/first" "$hostile"
