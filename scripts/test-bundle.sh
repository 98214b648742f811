#!/bin/bash
# test-bundle.sh: unpacks the newest bundle in a folder of its own and uses it in an environment
# that is empty but for pocl's driver: no library may come from anywhere else.
. "$(dirname "$0")/lib.sh"

archive=
for each in dist/*.tar.gz; do
  [[ ! $each -nt $archive ]] || archive=$each
done
[[ -n $archive ]] || die "no bundle in dist; make one with 'make bundle'."
limit=48000000

work=$(mktemp -d)
tar -xzf "$archive" -C "$work"
cd "$work"/*/

mkdir "$work/vendors"
cp /etc/OpenCL/vendors/pocl.icd "$work/vendors"
deepfm() {
  say "$ deepfm $*"
  # The path is for pocl, which calls the linker.
  env -i PATH=/usr/bin:/bin HOME="$work" OCL_ICD_VENDORS="$work/vendors" ./deepfm "$@"
}

check_size() {
  local size
  size=$(du -sb . | cut -f1)
  ((size <= limit)) || die "the bundle has $size bytes, more than $limit."
}

# Of the libraries the command needs, only the C library may be the system's.
check_libraries() {
  local strangers
  strangers=$(env -i ldd "$PWD/deepfm" | awk -v own="$PWD/lib/" \
    '$2 == "=>" && index($3, own) != 1 && $1 !~ /^lib(c|m|dl|pthread|rt)\.so/')
  [[ -z $strangers ]] || die "not from the bundle: $strangers"
}

# rows COUNT SEED: a log whose clicks depend on whether user and item are of one kind.
rows() {
  awk -v count="$1" -v seed="$2" 'BEGIN {
    srand(seed)
    OFS = ","
    print "label,user,item"
    for (i = 0; i < count; ++i) {
      user = int(40 * rand()); item = int(40 * rand())
      print (rand() < (user % 4 == item % 4 ? 0.8 : 0.2)), "u" user, "i" item
    }
  }'
}

use() {
  deepfm devices
  deepfm doctor --quick
  rows 4000 1 >"$work/train.csv"
  rows 1000 2 >"$work/test.csv"
  printf 'model: deepfm-d\nhidden: [32, 32]\nlearning_rate: 0.005\nepochs: 2\n' >"$work/config.yaml"
  deepfm train --train "$work/train.csv" --config "$work/config.yaml" --out "$work/run"
  deepfm evaluate "$work/run" "$work/test.csv"
}

step "Size" check_size
step "Libraries" check_libraries
step "The bundle in an empty environment" use
