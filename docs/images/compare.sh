#!/bin/bash
# compare.sh: makes compare.png, the beginning of the report on four models, five seeds, on MovieLens-100k.
# Some minutes; needs the packages chromium and fonts-dejavu.
. "$(dirname "$0")/../../scripts/lib.sh"

work=$(mktemp -d)
movielens=$(scripts/movielens.sh)
# Ratings with their users and films; a click is a rating over 3.
awk -F'\t' -v OFS=, '
  FNR == 1 { ++table; next }
  table == 1 { user[$1] = $2 OFS $3 OFS $4 OFS $5 }
  table == 2 { gsub(" ", "|", $4); film[$1] = $3 OFS $4 }
  table == 3 { if (FNR == 2) print "label,user,item,age,gender,occupation,zip,year,genres"
    print ($3 > 3), $1, $2, user[$1], film[$2] }' \
  "$movielens"/ml-100k.{user,item,inter} >"$work/movielens-100k.csv"
scripts/install.sh chromium fonts-dejavu-core
out=$PWD/docs/images/compare.png
deepfm=$PWD/.build/release/deepfm
cd "$work"
"$deepfm" compare --train movielens-100k.csv --split random --models lr fm lr-dnn deepfm-d \
  --seeds 1 2 3 4 5 --out compared
chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/profile" \
  --blink-settings=preferredColorScheme=1 --window-size=1180,790 --screenshot="$out" \
  "file://$work/compared/report.html" 2>/dev/null
