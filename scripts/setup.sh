#!/bin/bash
# setup.sh [PACKAGE...]: makes a Debian 12 machine with Swift ready to build and run the project.
# Installs what is missing of the packages below and of those named; nothing if all is there.
. "$(dirname "$0")/lib.sh"

swift_needed=6.3
# OpenCL's headers and loader, CLBlast (matrix products on GPUs), zlib, zstd, bzip2, xz and brotli (reading packed logs),
# and pocl, which makes every CPU an OpenCL device. A GPU needs its vendor's driver beside them.
packages=(
  opencl-headers ocl-icd-opencl-dev libclblast-dev zlib1g-dev libzstd-dev
  libbz2-dev liblzma-dev libbrotli-dev libxxhash-dev pkg-config pocl-opencl-icd
  "$@"
)

check_swift() {
  local get="get it from https://www.swift.org/install/linux (Debian 12) and put it into PATH"
  command -v swift >/dev/null || die "Swift is not installed or not in PATH: $get"
  local version
  # Where Swift's own packages are missing it does not start; its words say what it lacks.
  local said
  said=$(swift --version 2>&1) || die "Swift does not start ($said). It needs Debian's packages," \
    "named on that page: binutils libc6-dev libcurl4-openssl-dev libedit2 libgcc-12-dev libncurses6" \
    "libpython3-dev libsqlite3-0 libstdc++-12-dev libxml2-dev libz3-dev pkg-config tzdata zlib1g-dev"
  version=$(sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' <<<"$said")
  [[ $(printf '%s\n' "$swift_needed" "${version:-0}" | sort -V | head -1) == "$swift_needed" ]] ||
    die "Swift ${version:-of unknown version} is too old, $swift_needed or newer is needed: $get"
  say "Swift $version"
}

check_packages() {
  if command -v apt-get >/dev/null; then
    scripts/install.sh "${packages[@]}"
  elif pkg-config --exists OpenCL clblast zlib libzstd liblzma libbrotlidec 2>/dev/null; then
    say "No apt-get here, but OpenCL, CLBlast, zlib, zstd, xz and brotli are found by pkg-config."
  else
    die "no apt-get here. Install the counterparts of these Debian packages and run this again:" \
      "${packages[*]}"
  fi
}

check_swift
check_packages
