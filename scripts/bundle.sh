#!/bin/bash
# bundle.sh: makes dist/deepfm-VERSION-linux-x86_64 and its .tar.gz: the command, linked statically
# where that is possible, and the shared libraries it needs, except the C library and the driver.
. "$(dirname "$0")/lib.sh"
. scripts/carried.sh

# An old-style path to libraries: the new one (RUNPATH) does not count for what libraries need themselves, as brotli's
# decoder does.
options=(
  -c release --product deepfm --static-swift-stdlib --scratch-path .build/bundle
  -Xlinker -rpath -Xlinker "\$ORIGIN/lib" -Xlinker --disable-new-dtags
)

link() {
  mkdir -p .build/bundle
  python3 scripts/small-icu.py "$PWD/.build/bundle/icu.o" >.build/bundle/icu.options
  mapfile -t icu <.build/bundle/icu.options
  # The build does not know that the command depends on icu.o.
  rm -f "$(swift build "${options[@]}" --show-bin-path)/deepfm"
  swift build "${options[@]}" "${icu[@]}"
}

# reference BINARY FOLDER: what shells complete, and the manual, where shells and man look for them.
reference() {
  local shell file
  while read -r shell file; do
    mkdir -p "$2/$(dirname "$file")"
    "$1" --generate-completion-script "$shell" >"$2/$file"
  done <<END
bash bash-completion/completions/deepfm
zsh zsh/site-functions/_deepfm
fish fish/vendor_completions.d/deepfm.fish
END
  # The plugin would build the command anew; its tool, which it builds first, takes the one there is.
  swift package --scratch-path .build/bundle generate-manual --help >/dev/null
  mkdir -p "$2/man/man1"
  "$(swift build --scratch-path .build/bundle --show-bin-path)/generate-manual-tool" "$1" --multi-page \
    --date "$(git log -1 --format=%cs 2>/dev/null || date +%F)" --output-directory "$2/man/man1"
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
  licences_of_packages "$folder/licences"
  glibc=$(glibc_of "$folder/deepfm" "$folder"/lib/*)
  sed "s/@GLIBC@/$glibc/" scripts/bundle-readme.txt >"$folder/README.txt"
  reference "$binary" "$folder/share"
  install -m 755 Benchmarks/gpu.sh "$folder/gpu.sh"
  install -D -m 644 -t "$folder/peers" Benchmarks/peers/{run,report,peers,rows,worker,torch_by_hand}.py
  tar -C dist -czf "$folder.tar.gz" "$name"
}

step "Set-up" scripts/setup.sh python3 binutils
step "Static release build" link
step "Bundle" assemble
say "$folder: $(du -sm "$folder" | cut -f1) MB, packed $(du -m "$folder.tar.gz" | cut -f1) MB;" \
  "needs glibc $glibc or newer"
