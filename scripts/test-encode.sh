#!/bin/bash
# test-encode.sh LOG [KILLS [OPTION…]]: kills deepfm encode at random moments and takes it up again, flips a
# byte, fills a disk; what comes out must be what an uninterrupted run gives, byte for byte, the
# quarantine of the lines that cannot be read too: about each thousandth line of the log is spoilt.
# LOG: some hundred megabytes of text, so that there are moments to choose from. Whoever may not mount a
# small disk goes without the full one. OPTION: further ones of the runs that are interrupted, such as --max-vocabulary-memory 16M.
. "$(dirname "$0")/lib.sh"

log=$(realpath "${1:?a log to encode}")
kills=${2:-20}
deepfm=${DEEPFM:-$PWD/.build/release/deepfm}
[[ -x $deepfm ]] || die "no $deepfm: make build"
work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
# The line ends stay, so that a bad line is one row.
awk 'NR % 997 == 500 { print (NR % 2 ? "\"" : "9\t9") substr($0, 1, 40); next } { print }' \
  "$log" >"$work/log.txt"
format=$(mktemp -p "$work")
"$deepfm" schema infer "$log" >"$format"
plain=("$deepfm" encode "$work/log.txt" --schema "$format" --split random --sizes "0.8,0.1,0.1"
  --on-error quarantine)
encode=("${plain[@]}" "${@:3}")

# rows FOLDER: the rows encoded and those rejected.
rows() {
  awk -F'[:,]' '/"rejected"/ { bad = $2 } /"shards"/ { shards = 1 } /\]/ { shards = 0 }
    /"rows"/ && !shards { good += $2 } END { print good + 0, bad + 0 }' "$1/manifest.json"
}

# shellcheck disable=SC2034 # For `seconds`.
began=$EPOCHREALTIME
"${plain[@]}" --quarantine "$work/whole.bad" --out "$work/whole" >/dev/null 2>"$work/errors"
whole=$(seconds)
read -r good bad < <(rows "$work/whole")
say "uninterrupted: $whole s; $good rows, $bad rejected"
lines=$(wc -l <"$work/log.txt")
header=$(grep -c '^format: [ct]sv' "$format" || true)
[[ $((good + bad)) == $((lines - header)) && $(wc -l <"$work/whole.bad") == "$bad" ]] ||
  die "$lines lines, $good rows, $bad rejected, $(wc -l <"$work/whole.bad") in the quarantine"

interrupted=0
for ((kill = 1; kill <= kills; kill++)); do
  rm -rf "$work/cut" "$work/cut.partial" "$work/cut.bad"*
  # Up to three kills a run, each at a moment of the uninterrupted run's time, then to the end.
  cuts=0
  for ((cut = 0; cut < 1 + RANDOM % 3; cut++)); do
    "${encode[@]}" --quarantine "$work/cut.bad" --out "$work/cut" >/dev/null 2>"$work/errors" &
    sleep "$(awk -v t="$whole" -v r="$RANDOM" 'BEGIN { print t * r / 32767 }')"
    if command kill -KILL $! 2>/dev/null; then cuts=$((cuts + 1)); fi
    wait $! 2>/dev/null || true
    [[ ! -e $work/cut || -e $work/cut/manifest.json ]] || die "a half-made folder"
  done
  "${encode[@]}" --quarantine "$work/cut.bad" --out "$work/cut" >/dev/null 2>"$work/errors"
  diff -r "$work/whole" "$work/cut" || die "run $kill: other bytes after $cuts kills"
  for file in bad bad.reasons.tsv; do
    cmp "$work/whole.$file" "$work/cut.$file" || die "run $kill: another quarantine"
  done
  interrupted=$((interrupted + cuts))
  say "run $kill: the same bytes after $cuts kills"
done
say "$kills runs, $interrupted kills: the same bytes every time"

shard=$work/cut/train/00000.shard
size=$(stat -c %s "$shard")
offset=$((RANDOM * 32768 % size))
byte=$(od -An -tu1 -j "$offset" -N 1 "$shard")
printf '%b' "\\x$(printf %x $((byte ^ 1)))" | dd of="$shard" bs=1 seek="$offset" conv=notrunc status=none
if "$deepfm" verify-data "$work/cut" >/dev/null 2>"$work/errors"; then
  die "byte $offset of a shard was flipped and not noticed"
fi
say "flipped byte $offset: $(cat "$work/errors")"

mkdir "$work/small"
mount -t tmpfs -o size=$(($(du -sb "$work/whole" | cut -f1) * 2 / 3)) none "$work/small" 2>/dev/null ||
  { say "nothing may be mounted here: the full disk is left out"; exit; }
trap 'umount "$work/small"; finish' EXIT
head -n 20000 "$log" >"$work/before.log"
"$deepfm" encode "$work/before.log" --out "$work/small/data" >/dev/null 2>&1
cp -r "$work/small/data" "$work/before"
if "${encode[@]}" --quarantine "$work/full.bad" --rebuild --out "$work/small/data" >/dev/null 2>"$work/errors"; then
  die "the log fits on the small disk: take a larger one"
fi
diff -r "$work/before" "$work/small/data" || die "the dataset that was there is not intact"
say "full disk: $(cat "$work/errors")"
