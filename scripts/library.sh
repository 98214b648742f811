#!/bin/bash
# library.sh: makes .build/bundle/c with the library for programs in other languages: include/deepfm.h and
# lib/libdeepfm.so, Swift's runtime inside. What else it needs is the system's: OpenCL's loader, CLBlast, and what reads
# packed logs.
. "$(dirname "$0")/lib.sh"

build() {
  mkdir -p .build/bundle
  python3 scripts/small-icu.py "$PWD/.build/bundle/icu.o" >.build/bundle/icu.options
  # With the options of the bundle, whose objects these are.
  swift build -c release --product deepfm-c --static-swift-stdlib --scratch-path .build/bundle
}

# The build system links Swift's runtime statically into programs alone: the library is linked here, of the objects
# that it has made. Nothing but the functions of the header is to be seen from outside, since a program may have
# another Swift in it.
link() {
  local options option objects icu linker=()
  mapfile -t icu <.build/bundle/icu.options
  objects=$(swift build -c release --scratch-path .build/bundle --show-bin-path)/deepfm-c.product/Objects.LinkFileList
  options=(
    --version-script=scripts/deepfm-c.map --gc-sections -soname=libdeepfm.so -z defs --disable-new-dtags
    -rpath "\$ORIGIN"
  )
  for option in "${options[@]}"; do linker+=(-Xlinker "$option"); done
  mkdir -p .build/bundle/c/lib .build/bundle/c/include
  swiftc -emit-library -static-stdlib -o .build/bundle/c/lib/libdeepfm.so @"$objects" "${icu[@]}" \
    "${linker[@]}"
  strip .build/bundle/c/lib/libdeepfm.so
  cp Sources/CDeepFM/deepfm.h Sources/CArrow/arrow.h .build/bundle/c/include
}

step "Static release build of the library" build
step "Library" link
say "$PWD/.build/bundle/c: $(du -m .build/bundle/c/lib/libdeepfm.so | cut -f1) MB"
