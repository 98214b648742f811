#!/bin/bash
# docs.sh: makes .build/docs, the reference of what `import DeepFMKit` gives: of each of its modules what
# they show to others, under the page Sources/DeepFMKit/DeepFMKit.docc. Needs nothing but Swift's own docc.
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)

graphs() {
  scripts/build.sh
  swift package "${build[@]}" dump-symbol-graph --minimum-access-level public --skip-synthesized-members >"$work/said" ||
    { cat "$work/said" >&2 && die "no symbol graphs"; }
  local folder module
  folder=$(sed -n 's/^Files written to //p' "$work/said")
  mkdir "$work/graphs"
  while read -r module; do
    cp "$folder/$module".symbols.json "$folder/$module"@*.symbols.json "$work/graphs" 2>/dev/null || true
  done < <(sed -n 's/^@_exported import //p' Sources/DeepFMKit/DeepFMKit.swift; echo DeepFMKit)
}

convert() {
  rm -rf .build/docs
  docc convert Sources/DeepFMKit/DeepFMKit.docc --additional-symbol-graph-dir "$work/graphs" \
    --fallback-display-name DeepFMKit --fallback-bundle-identifier DeepFMKit \
    --transform-for-static-hosting --output-path .build/docs >"$work/said" 2>&1 ||
    { cat "$work/said" >&2 && die "docc cannot make the pages."; }
  ! grep -A 4 "doesn't exist at\|fails to resolve" "$work/said" >&2 || die "a link leads nowhere: link to what is public, or name it."
}

step "Set-up" scripts/setup.sh
step "Symbols" graphs
step "Pages" convert
say "To read them: python3 -m http.server -d .build/docs, then http://localhost:8000/documentation/deepfmkit"
