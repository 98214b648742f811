#!/bin/bash
# within.sh ROOT COMMAND...: runs a command with the folder ROOT as its system, of which this repository, the temporary
# folder and Swift's libraries are still seen where they are. Needs root, or user namespaces.
. "$(dirname "$0")/lib.sh"

root=$1
mapfile -t libraries < <(ldd "${DEEPFM:-.build/release/deepfm}" .build/release/*.xctest | awk '/=> \// { print $3 }')
swift=$(dirname "$(printf '%s\n' "${libraries[@]}" | grep -m1 libswiftCore.so)")
# What the command and the tests need besides, and that system lacks.
mkdir -p "$root/needed"
for library in "${libraries[@]}"; do
  name=$(basename "$library")
  [[ $library == "$swift"/* || -e $root/usr/lib/x86_64-linux-gnu/$name ]] ||
    cp -nL "$library" "$root/needed/"
done
as_root=()
((EUID == 0)) || as_root=(--map-root-user)
# shellcheck disable=SC2016 # For the inner shell.
exec unshare --mount "${as_root[@]}" bash -euc '
  root=$1 swift=$2
  for folder in /proc /dev /sys "${TMPDIR:-/tmp}" "$PWD" "$swift"; do
    mkdir -p "$root$folder"
    mount --rbind "$folder" "$root$folder"
  done
  exec chroot "$root" /usr/bin/env -C "$PWD" LD_LIBRARY_PATH="/needed:$swift" "${@:3}"
' within "$root" "$swift" "${@:2}"
