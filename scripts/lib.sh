# Shared by the scripts beside it: `. "$(dirname "$0")/lib.sh"`. Moves to the repository's root.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Everything said about progress goes to standard error; results go to standard output.
say() { printf '%s\n' "$*" >&2; }

die() {
  say "error: $*"
  exit 1
}

# step TITLE COMMAND...: announces a command, runs it, and says how long it took.
step() {
  local title=$1 began=$EPOCHREALTIME status=0
  shift
  say "==> $title"
  "$@" || status=$?
  local seconds
  seconds=$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
  if ((status != 0)); then
    say "==> $title: FAILED after $seconds s"
    exit "$status"
  fi
  say "==> $title: $seconds s"
}
