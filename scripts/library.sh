#!/bin/bash
# library.sh [here]: makes a folder with the library for programs in other languages, include/deepfm.h and
# lib/libdeepfm.so, and prints its path. That of the bundle, .build/bundle/c, has Swift's runtime inside; what else it
# needs is the system's: OpenCL's loader, CLBlast, and what reads packed logs. That for "here", .build/c, is of the tests'
# build and runs where it was made.
. "$(dirname "$0")/lib.sh"

kind=${1:-bundle}
if [[ $kind == here ]]; then
  folder=.build/c
else
  folder=.build/bundle/c
  # With the options of the bundle, whose objects these are.
  build=(-c release --static-swift-stdlib --scratch-path .build/bundle)
fi

make_objects() {
  mkdir -p "$folder/lib" "$folder/include"
  [[ $kind == here ]] || python3 scripts/small-icu.py "$PWD/.build/bundle/icu.o" >.build/bundle/icu.options
  swift build "${build[@]}" --product deepfm-c
}

# The build system links Swift's runtime statically into programs alone: the library is linked here, of the objects
# that it has made. Nothing but the functions of the header is to be seen from outside, since a program may have
# another Swift in it.
link() {
  local options option objects linker=()
  objects=$(swift build "${build[@]}" --show-bin-path)/deepfm-c.product/Objects.LinkFileList
  options=(
    --version-script=scripts/deepfm-c.map --gc-sections -soname=libdeepfm.so -z defs --disable-new-dtags
    -rpath "\$ORIGIN"
  )
  for option in "${options[@]}"; do linker+=(-Xlinker "$option"); done
  if [[ $kind != here ]]; then
    mapfile -t -O ${#linker[@]} linker <.build/bundle/icu.options
    linker+=(-static-stdlib)
  fi
  swiftc -emit-library -o "$folder/lib/libdeepfm.so" @"$objects" "${linker[@]}"
  [[ $kind == here ]] || strip "$folder/lib/libdeepfm.so"
  cp Sources/CDeepFM/deepfm.h Sources/CArrow/arrow.h "$folder/include"
}

step "Build of the library" make_objects >&2
step "Library" link >&2
echo "$PWD/$folder"
