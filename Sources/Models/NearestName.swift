/// The name a user most likely meant: the nearest by edit distance, if it is near at all.
public func nearest(to name: String, among names: [String]) -> String? {
  let ranked = names.map { (name: $0, distance: editDistance(Array(name), Array($0))) }
  guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(2, name.count / 3) ? best.name : nil
}

/// The Levenshtein distance, O(a·b).
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      (diagonal, row[j + 1]) = (
        row[j + 1], min(row[j] + 1, row[j + 1] + 1, diagonal + (x == y ? 0 : 1))
      )
    }
  }
  return row[b.count]
}
