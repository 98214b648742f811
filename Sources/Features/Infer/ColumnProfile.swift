import Logs

/// What the first rows of a log show of one column.
struct ColumnProfile {
  let name: String
  /// The number of rows that were looked at.
  let rows: Int
  /// How often each value was seen, missing ones left out.
  let counts: [String: Int]
  /// How many rows have no value.
  let missing: Int
  /// Which of the usual markers of missing values were seen.
  let markers: [String]
  /// The values as numbers, ascending; nil where one is none, or there are no values.
  let numbers: [Double]?
  /// How the values are written where all of them are likely times.
  let timeFormat: TimeFormat?

  init(
    _ name: String, _ values: some Sequence<String>, _ text: NumberText = NumberText()
  ) {
    var counts: [String: Int] = [:]
    for value in values { counts[value, default: 0] += 1 }
    self.name = name
    rows = counts.values.reduce(0, +)
    markers = Schema.usualMissing.filter { counts[$0] != nil }
    missing = (markers + [""]).reduce(0) { $0 + (counts.removeValue(forKey: $1) ?? 0) }
    self.counts = counts
    var numbers: [Double]? = counts.isEmpty ? nil : []
    for (value, count) in counts {
      guard let number = text.number(value) else {
        numbers = nil
        break
      }
      numbers!.append(contentsOf: repeatElement(number, count: count))
    }
    self.numbers = numbers?.sorted()
    timeFormat = TimeFormat.detected(in: counts.keys)
  }

  /// The number of different values.
  var distinct: Int { counts.count }
  /// The number of rows with a value.
  var present: Int { rows - missing }
  /// Whether all values are whole numbers.
  var isWhole: Bool {
    numbers?.allSatisfy { $0 == $0.rounded() } == true
      && counts.keys.allSatisfy { !$0.utf8.contains(UInt8(ascii: ".")) }
  }
  /// Whether one value or none was seen.
  var isConstant: Bool { distinct + (missing > 0 ? 1 : 0) <= 1 }
  /// Whether nearly every row has a value of its own.
  var isUnique: Bool { present >= 50 && Double(distinct) >= 0.98 * Double(present) }

  /// Whether the larger half of the numbers reaches far beyond the smaller, as counts do.
  var isHeavyTailed: Bool {
    guard let numbers, let last = numbers.last, numbers[0] >= -10 else { return false }
    let median = numbers[numbers.count / 2]
    return last > 20 * max(median, 1) && median < last / 20
  }

  /// Whether lists of a JSON log were seen, whose text begins with NUL.
  var isList: Bool { counts.keys.contains { $0.first == "\0" } }

  /// Whether all values are lists in brackets.
  var isBracketed: Bool {
    numbers == nil && !counts.isEmpty
      && counts.keys.allSatisfy { value in
        guard let first = value.utf8.first, let last = value.utf8.last else { return false }
        return value.utf8.count > 1 && BracketedList.closing(first) == last
      }
  }

  /// What stands between the values of lists in brackets: blanks alone, as NumPy prints them, or commas.
  var bracketedSeparator: Character {
    let hasCommas = counts.keys.contains { $0.contains(",") }
    return !hasCommas && counts.keys.contains { $0.dropFirst().dropLast().contains(" ") }
      ? " " : ","
  }

  /// Whether lists hold numbers, most of which are seen once: measurements, no values of a set.
  var hasRareNumbers: Bool {
    var pieces: [String: Int] = [:]
    let separator = bracketedSeparator.asciiValue!
    for (value, count) in counts {
      if value.first == "\0" {
        for piece in value.split(separator: "\0") { pieces[String(piece), default: 0] += count }
        continue
      }
      Array(value.utf8).withUnsafeBytes { bytes in
        BracketedList(bytes, separator: separator).forEach {
          pieces[String(decoding: $0, as: UTF8.self), default: 0] += count
        }
      }
    }
    let total = pieces.values.reduce(0, +)
    return total >= 50 && pieces.count > total / 2
      && pieces.keys.allSatisfy { Array($0.utf8).withUnsafeBytes(parseNumber) != nil }
  }

  /// The character between the values of a list, where the column seems to hold lists: pieces must
  /// come back in other lists.
  var separator: Character? {
    guard numbers == nil, !isList, !isBracketed else { return nil }
    return ["|", "^", ";", ",", " "].first { separator in
      var pieces: [Substring: Int] = [:]
      var lists = 0
      var total = 0
      for (value, count) in counts {
        let parts = value.split(separator: separator)
        if parts.count > 1 { lists += count }
        total += parts.count
        for part in parts { pieces[part, default: 0] += 1 }
      }
      let isShort = counts.keys.allSatisfy { !$0.contains(", ") }
      let share: Double = ["|", "^", ";"].contains(separator) ? 0.01 : 0.2
      return lists > 0 && Double(lists) >= share * Double(present) && isShort
        && Double(pieces.count) <= 0.5 * Double(total)
    }
  }

  /// Whether the column's name holds one of some words.
  func isNamed(_ words: String...) -> Bool {
    let parts = nameParts
    return words.contains { parts.contains($0) }
  }

  /// The words of the name: `userId`, `user_id` and `user id` are `user`, `id`.
  var nameParts: [String] {
    var parts = [""]
    var wasLower = false
    for character in name {
      if !character.isLetter && !character.isNumber || (wasLower && character.isUppercase) {
        parts.append("")
      }
      if character.isLetter || character.isNumber {
        parts[parts.count - 1] += character.lowercased()
      }
      wasLower = character.isLowercase
    }
    return parts
  }
}
