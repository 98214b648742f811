import DeepFMKit

/// What an encoder has learned of a day, in lines for a person.
func growthLines(_ growth: EncoderGrowth) -> [String] {
  func list(_ parts: [(Int, String)]) -> String {
    let named = parts.filter { $0.0 > 0 }
    return named.isEmpty ? "none" : named.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
  }
  let fields = growth.changes.filter { !$0.admitted.isEmpty || $0.expired > 0 }
    .map { change in
      "\(change.field) "
        + list([(change.admitted.count, "new"), (change.expired, "expired")])
    }
  var lines = [
    "day \(growth.ledger.day): \(growth.admitted) values got rows, \(growth.expired) lost theirs, "
      + "\(growth.waiting) wait to be seen more often"
      + (fields.isEmpty ? "" : " (\(fields.joined(separator: "; ")))")
  ]
  for change in growth.changes where change.beyondLimit > 0 {
    lines.append(
      "note: \(change.field): \(change.beyondLimit) values more than its limit wait; raise limit, or let old "
        + "ones expire with --expire-after")
  }
  return lines
}
