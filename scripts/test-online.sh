#!/bin/bash
# test-online.sh DEEPFM [RUNS [KILLS]]: `deepfm ab` beside tea-tasting and obp on random inputs (RUNS of each, 3 if not
# given), and a market that is killed at random moments (KILLS, 3 if not given): run again, it ends in the same bytes,
# on one thread and on all. TESTS=FOLDER runs real logs through it as well (Benchmarks/real-tests.py).
. "$(dirname "$0")/lib.sh"

deepfm=$(realpath "$1")
runs=${2:-3}
kills=${3:-3}
work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
python=.cache/online/bin/python
small=(--users 150 --items 50 --candidates 10 --places 2 --aa-days 1 --ab-days 2 --epochs 2)

# All by name: obp asks for PyTorch, which its estimators name in annotations alone.
tools() {
  environment online --no-deps obp==0.4.1 tea-tasting==1.14.0 ibis-framework==12.0.0 atpublic==9.0.0 \
    narwhals==2.29.0 numpy==2.4.6 pandas==3.1.1 parsy==2.2 pyarrow==26.0.1 python-dateutil==4.0.0 scipy==1.17.1 \
    sqlglot==30.30.0 toolz==1.2.0 typing_extensions==4.16.0 tzdata==2026.6 scikit-learn==1.7.2 joblib==1.6.0 cloudpickle==3.1.3 \
    threadpoolctl==3.8.0 PyYAML==6.0.4
}

agreement() { "$python" Tests/ABTesting/agreement.py "$deepfm" "$runs"; }

real() { "$python" Benchmarks/real-tests.py "$deepfm" "${TESTS:-.}"; }

# What a market leaves, but for the server's table of items: a hash of names and bytes.
bytes() { (cd "$1" && find . -type f ! -name items.csv | LC_ALL=C sort | xargs sha256sum | sha256sum); }

market() {
  local began=$EPOCHREALTIME
  POCL_MAX_PTHREAD_COUNT=1 "$deepfm" market run "${small[@]}" --offline --out "$work/whole" >/dev/null 2>&1
  local span whole
  span=$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')
  whole=$(bytes "$work/whole")
  for ((kill = 0; kill < kills; kill++)); do
    rm -rf "$work/killed"
    "$deepfm" market run "${small[@]}" --out "$work/killed" >/dev/null 2>&1 &
    local process=$!
    sleep "$(awk -v s="$span" -v r="$RANDOM" 'BEGIN { print s * 1.2 * r / 32768 }')"
    kill -KILL $process 2>/dev/null || true
    wait $process || true
    "$deepfm" market run "${small[@]}" --out "$work/killed" >/dev/null 2>&1
    [[ $(bytes "$work/killed") == "$whole" ]] || die "a market that was killed ends in other bytes"
  done
  say "$kills kills: the same bytes"
}

# An analysis writes its page at the end or not at all, and leaves nothing on disk when it is killed.
analysis() {
  local test=$work/test.yaml page=$work/page.html
  printf 'unit: user\narm: arm\ntime: time\nmetrics:\n  ctr: {ratio: click}\n' >"$test"
  local logs=("$work"/whole/log/day-0[23]-*.csv)
  "$deepfm" ab analyze "${logs[@]}" --test "$test" --html "$page" >"$work/first" 2>/dev/null
  local whole
  whole=$(sha256sum <"$page")
  for ((kill = 0; kill < kills; kill++)); do
    rm -f "$page"
    "$deepfm" ab analyze "${logs[@]}" --test "$test" --aa 2000 --html "$page" >/dev/null 2>&1 &
    local process=$!
    sleep "$(awk -v r="$RANDOM" 'BEGIN { print 0.3 * r / 32768 }')"
    kill -KILL $process 2>/dev/null || true
    wait $process || true
    "$deepfm" ab analyze "${logs[@]}" --test "$test" --html "$page" >"$work/again" 2>/dev/null
    [[ $(sha256sum <"$page") == "$whole" ]] || die "an analysis that was killed ends in other bytes"
    cmp "$work/first" "$work/again"
  done
}

step "Tools" tools
step "deepfm ab beside tea-tasting and obp" agreement
[[ -z ${TESTS:-} ]] || step "Real logs" real
step "A market, killed" market
step "An analysis, killed" analysis
