# shellcheck shell=bash
# Shared by what makes bundles and wheels: which libraries they carry, with whose licences, and what is left to the
# system. `. scripts/carried.sh`, behind lib.sh.

# Whatever the dynamic linker names, except what belongs to the system's C library.
libraries() {
  ldd "$1" | awk '$2 == "=>" && $1 !~ /^(libc|libm|libdl|libpthread|librt)\.so/ { print $1, $3 }'
}

# licence_of FILE FOLDER: copies the licence of the package that a library came from.
licence_of() {
  local path package
  path=$(readlink -f "$1")
  # A package may list the file below /lib although that is a link to /usr/lib by now.
  package=$(dpkg-query -S "$path" "${path#/usr}" 2>/dev/null | head -1 | cut -d: -f1) || true
  [[ -n $package ]] && cp "/usr/share/doc/$package/copyright" "$2/$package.txt"
}

# licences_of_packages FOLDER [PACKAGE...]: copies the licences of Swift and of the packages that are linked in: all of
# the command's, or those that are named.
licences_of_packages() {
  local source
  cp "$(dirname "$(readlink -f "$(command -v swift)")")/../share/swift/LICENSE.txt" "$1/swift.txt" ||
    say "warning: no licence found for Swift"
  for source in .build/bundle/checkouts/*/; do
    (($# == 1)) || [[ " ${*:2} " == *" $(basename "$source") "* ]] || continue
    cp "$source"LICENSE* "$1/$(basename "$source").txt"
  done
}

# glibc_of FILE...: the newest version of the C library that any of them asks for.
glibc_of() { objdump -T "$@" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -1 | cut -d_ -f2; }
