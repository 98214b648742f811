# shellcheck shell=bash
# Shared by the scripts beside it: `. "$(dirname "$0")/lib.sh"`. Moves to the repository's root.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Everything said about progress goes to standard error; results go to standard output.
say() { printf '%s\n' "$*" >&2; }

die() {
  say "error: $*"
  exit 1
}

# How all is built but what is carried elsewhere: optimized, since the reference in Swift is slow without that, and open
# to tests, which look inside modules. One build serves the demo, the tests and the checks. Not with --disable-index-store:
# a fresh build finds its tests in the index, and fails without one.
# shellcheck disable=SC2034 # For who reads this.
build=(-c release -Xswiftc -enable-testing)

# step TITLE COMMAND...: announces a command, runs it, and says how long it took.
title=
step() {
  title=$1
  began=$EPOCHREALTIME
  say "==> $title"
  "${@:2}"
  say "==> $title: $(seconds) s"
  title=
}

seconds() { awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'; }

# environment NAME REQUIREMENT...: a Python environment in .cache/NAME with what is named, made only once.
environment() {
  local folder=.cache/$1
  [[ $(cat "$folder/requirements" 2>/dev/null) != "${*:2}" ]] || return 0
  python3 -c 'import ensurepip' 2>/dev/null || scripts/install.sh python3-venv
  python3 -m venv --clear "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "${@:2}" </dev/null >&2
  echo "${*:2}" >"$folder/requirements"
}

# A script that wants a temporary folder says work=$(mktemp -d).
work=
finish() {
  [[ -z $title ]] || say "==> $title: FAILED after $(seconds) s"
  [[ -z $work ]] || rm -rf "$work"
}
trap finish EXIT
