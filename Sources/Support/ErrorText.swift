/// A value as an error shows it: quoted, on one line, at most 40 characters.
package func quoted(_ value: some StringProtocol) -> String {
  var text = "\""
  for (index, scalar) in value.unicodeScalars.enumerated() {
    if index == 40 { return text + "…\"" }
    text += scalar == "\"" ? "\\\"" : scalar.escaped(asASCII: false)
  }
  return text + "\""
}

/// Names as an error lists them: the first twenty.
package func listed(_ names: some Collection<String>) -> String {
  let shown = names.prefix(20).joined(separator: ", ")
  return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
}

/// The candidate that a mistyped name most likely meant, if one is near.
package func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
  let name = name.lowercased()
  var best: (name: String, distance: Int)?
  for candidate in candidates {
    let distance = editDistance(Array(name.utf8), Array(candidate.lowercased().utf8))
    if distance < best?.distance ?? (max(name.utf8.count, 3) / 3 + 1) {
      best = (candidate, distance)
    }
  }
  return best?.name
}

/// `did you mean "…"?`, or the fallback where nothing is near.
package func suggestion(
  for name: String, among candidates: some Sequence<String>, otherwise fallback: String
) -> String {
  nearest(to: name, among: candidates).map { "did you mean \(quoted($0))?" } ?? fallback
}

/// The number of insertions, deletions, substitutions and swaps of neighbours between two words.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var rows = [Array(0...b.count)]
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var distance = min(
        rows[i][j] + (a[i] == b[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
      if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
        distance = min(distance, rows[i - 1][j - 1] + 1)
      }
      row.append(distance)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
