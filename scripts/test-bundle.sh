#!/bin/bash
# test-bundle.sh: unpacks the newest bundle in a folder of its own and uses it in an environment
# that is empty but for pocl's driver: no library may come from anywhere else.
. "$(dirname "$0")/lib.sh"

archive=
for each in dist/*.tar.gz; do
  [[ ! $each -nt $archive ]] || archive=$each
done
[[ -n $archive ]] || die "no bundle in dist; make one with 'make bundle'."
# What is carried to a machine with a device; some 10 MB are the server: TLS and HTTP.
limit=66000000
step "Set-up" scripts/install.sh man-db

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

# completed WORD...: what bash would complete the last word to.
completed() {
  # shellcheck disable=SC2016 # For the inner shell.
  PATH=$PWD:$PATH bash --noprofile --norc -c '
    source share/bash-completion/completions/deepfm
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_TYPE=9 COMP_KEY=9
    COMP_POINT=${#COMP_LINE}
    _deepfm deepfm "${@: -1}" "${@: -2:1}"
    printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}

# expect WORD WORD...: the first must be among what the others are completed to.
expect() {
  # Not grep -q, which leaves before all is said and so ends what speaks by a signal.
  completed "${@:2}" | grep -x -- "$1" >/dev/null || die "'${*:2}' is not completed to $1"
}

check_completion() {
  expect train deepfm tra
  expect --learning-rate deepfm train --lear
  expect rowwise-adagrad deepfm train --optimizer row
  expect deepfm-p deepfm bench train --model deepfm-
  expect README.txt deepfm inspect READ
  grep -q -- --learning-rate share/zsh/site-functions/_deepfm
  grep -q learning-rate share/fish/vendor_completions.d/deepfm.fish
}

check_manual() {
  local page text
  for page in share/man/man1/*.1; do
    text=$(man --local-file --warnings=!all "$page")
    grep -q '^NAME' <<<"$text" || die "$page has no name"
  done
  text=$(man --local-file share/man/man1/deepfm.train.1 2>/dev/null)
  grep -q -- '--learning-rate value' <<<"$text" || die "the manual does not know --learning-rate"
}

step "Size" check_size
step "Libraries" check_libraries
step "Completion" check_completion
step "Manual" check_manual
step "The bundle in an empty environment" use
