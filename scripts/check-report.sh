#!/bin/bash
# check-report.sh REPORT.HTML [FOLDER]: opens a report in headless Chromium as a phone, a tablet and a
# desktop would (400, 900 and 1400 px wide) and writes a picture of each into FOLDER (beside the report
# if not given). Fails if the page's script reports an error, if anything but the page itself is asked
# for, or if the page is wider than the window. Needs the package chromium.
set -euo pipefail
page=$(realpath "${1:?usage: check-report.sh REPORT.HTML [FOLDER]}")
folder=$(realpath "${2:-$(dirname "$page")}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

complain() { echo "check-report: $1" >&2; failed=1; }

common=(--headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/profile"
  --disable-background-networking --disable-component-update --no-first-run)

# A copy that tells the page around it how large it is.
cp "$page" "$work/probe.html"
cat >>"$work/probe.html" <<'END'
<script>
addEventListener("error", event => console.error("script error: " + event.message));
addEventListener("load", () => {
  const root = document.documentElement;
  parent.postMessage(`${root.scrollWidth}x${root.scrollHeight}`, "*");
});
</script>
END

# frame WIDTH HEIGHT: a page that shows the copy; a window itself cannot be as narrow as a phone's.
frame() {
  cat <<END
<!doctype html><title>none</title><body style="margin:0">
<script>addEventListener("message", event => { document.title = event.data; });</script>
<iframe src="probe.html" style="width:$1px;height:$2px;border:0;display:block"></iframe>
END
}

for width in 400 900 1400; do
  frame "$width" 900 >"$work/frame.html"
  chromium "${common[@]}" --window-size="1400,900" --enable-logging=stderr \
    --log-net-log="$work/net.json" --dump-dom "file://$work/frame.html" >"$work/dom" 2>"$work/log" \
    || complain "Chromium failed at $width px"
  size=$(sed -n 's:.*<title>\([0-9]*x[0-9]*\)</title>.*:\1:p' "$work/dom" | head -1)
  [[ -n $size ]] || { complain "no size at $width px: the page's scripts did not run"; continue; }
  ((${size%x*} <= width)) || complain "the page is ${size%x*} px wide in a window of $width px"
  if grep CONSOLE "$work/log" | grep -Ei "error|refused|violates" >&2; then
    complain "script errors"
  fi
  # Every request that the browser began, its own services apart.
  if grep -oE '"url":"(https?|ftp|wss?):[^"]*' "$work/net.json" \
    | grep -vE 'google(apis)?\.com|gstatic\.com|gvt1\.com' >&2; then
    complain "the page asks for something else"
  fi
  frame "$width" "${size#*x}" >"$work/frame.html"
  chromium "${common[@]}" --window-size="$((width < 500 ? 500 : width)),${size#*x}" \
    --screenshot="$folder/report-$width.png" "file://$work/frame.html" >/dev/null 2>&1
  echo "$width px: ${size#*x} px high, $folder/report-$width.png"
done
exit $failed
