#!/bin/bash
# bundle.sh: makes dist/deepfm-VERSION-linux-x86_64 and its .tar.gz: the command, linked statically
# where that is possible, and the shared libraries it needs, except the C library and the driver.
. "$(dirname "$0")/lib.sh"

options=(
  -c release --product deepfm --static-swift-stdlib --scratch-path .build/bundle
  -Xlinker -rpath -Xlinker '$ORIGIN/lib'
)

# Whatever the dynamic linker names, except what belongs to the system's C library.
libraries() {
  ldd "$1" | awk '$2 == "=>" && $1 !~ /^(libc|libm|libdl|libpthread|librt)\.so/ { print $1, $3 }'
}

# The package that a file came from, for its licence.
licence_of() {
  local package
  package=$(dpkg-query -S "$(readlink -f "$1")" 2>/dev/null | head -1 | cut -d: -f1)
  [[ -n $package && -r /usr/share/doc/$package/copyright ]] &&
    cp "/usr/share/doc/$package/copyright" "$2/$package.txt"
}

assemble() {
  local binary
  binary=$(swift build "${options[@]}" --show-bin-path)/deepfm
  local name
  name=deepfm-$("$binary" --version)-linux-$(uname -m)
  folder=dist/$name
  rm -rf "$folder" "$folder.tar.gz"
  mkdir -p "$folder/lib" "$folder/licences"
  strip -o "$folder/deepfm" "$binary"
  libraries "$binary" | while read -r library path; do
    [[ -r $path ]] || die "$library is not there: $path"
    install -m 755 "$path" "$folder/lib/$library"
    licence_of "$path" "$folder/licences" || say "warning: no licence found for $library"
  done
  cp scripts/bundle-readme.txt "$folder/README.txt"
  install -m 755 Benchmarks/gpu.sh "$folder/gpu.sh"
  tar -C dist -czf "$folder.tar.gz" "$name"
}

summary() {
  local glibc
  glibc=$(objdump -T "$folder/deepfm" "$folder"/lib/* | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -1)
  say "$folder: $(du -sm "$folder" | cut -f1) MB, packed $(du -m "$folder.tar.gz" | cut -f1) MB;" \
    "needs ${glibc/_/ } or newer"
}

step "Set-up" scripts/setup.sh
step "Static release build" swift build "${options[@]}"
step "Bundle" assemble
summary
