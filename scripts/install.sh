#!/bin/bash
# install.sh PACKAGE...: installs the Debian packages that are missing; does nothing if none is.
. "$(dirname "$0")/lib.sh"

installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

missing=()
for package in "$@"; do
  installed "$package" || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
  say "Nothing to install."
  exit 0
fi

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || die "missing: ${missing[*]}, and there is neither root nor sudo." \
    "Ask an administrator for: apt-get install ${missing[*]}"
  as_root=(sudo)
fi

say "Installing ${missing[*]} and what they need (a minute or so)"
work=$(mktemp -d)

# apt_get ARGUMENT...: says nothing, unless it fails.
apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" \
    </dev/null >"$work/log" 2>&1 || { cat "$work/log" >&2 && return 1; }
}

# A stale or unreachable third-party source is no reason to stop: the installation will tell.
apt_get update || say "warning: apt-get update failed; trying with the lists there are."
apt_get install -y --no-install-recommends "${missing[@]}" ||
  die "apt-get could not install: ${missing[*]}"
