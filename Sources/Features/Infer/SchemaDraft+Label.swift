import Logs
import Support

extension SchemaDraft {
  /// Names that are a label's, the likeliest first.
  private static let names = [
    "click", "clicked", "clk", "label", "target", "y",
  ]
  /// Words of which a label's name is made, the likeliest first.
  private static let words: [[String]] = [
    ["click", "clicked", "clk"], ["label", "target"],
    ["convert", "converted", "conversion", "buy", "bought", "purchase", "purchased"]
      + ["install", "installed", "response", "subscribed"],
  ]

  /// Finds what a click is; returns its column.
  ///
  /// - Throws: ``UserError`` with the choices where several columns may say it, and where none does.
  mutating func decideLabel(_ profiles: [ColumnProfile]) throws -> String {
    let binary = profiles.filter { $0.isTwoSided }
    let speaking = binary.filter { !Self.isNegated($0) }
    if let name = Self.names.first(where: { name in speaking.contains { $0.isCalled(name) } }) {
      return take(speaking.first { $0.isCalled(name) }!, "its values, and its name")
    }
    for words in Self.words {
      let found = speaking.filter { profile in words.contains { profile.isNamed($0) } }
      if found.count > 1 { throw choice(among: found) }
      if let only = found.first { return take(only, "its values, and its name") }
    }
    let named = profiles.filter { profile in Self.names.contains { profile.isCalled($0) } }
    if let rare = named.first(where: { $0.meanings?.count == 1 && $0.missing == 0 }) {
      let isClick = rare.meanings!.first!
      schema.label = Schema.Label(column: rare.name)
      reasons[.label] =
        "its name; \(isClick ? "every row" : "no row") that was looked at is a click"
      return rare.name
    }
    if let mirror = binary.first(where: Self.isNegated) {
      let no = mirror.counts.keys.first { ColumnProfile.meaning(of: $0) == false }!
      schema.label = Schema.Label(column: mirror.name, rule: .equals(no))
      reasons[.label] = "its name says that there was none"
      return mirror.name
    }
    if let two = try pair(among: profiles) { return two }
    if let rating = rating(among: profiles) { return rating }
    if binary.count > 1 { throw choice(among: binary) }
    if let only = binary.first { return take(only, "the only column of two such values") }
    throw UserError(
      source, line: 1,
      found: "columns \(listed(profiles.map(\.name))), none of 0 and 1 or a rating",
      expected: "a column that says whether there was a click",
      remedy: ColumnNames(profiles.map(\.name)).foreignDelimiter
        ?? "write label: {column: …, equals: …} or {column: …, above: …} in a schema by hand")
  }

  /// Takes a column of yes and no, in whichever words.
  private mutating func take(_ found: ColumnProfile, _ reason: String) -> String {
    let click = found.counts.keys.sorted().first { ColumnProfile.meaning(of: $0) == true }!
    schema.label = Schema.Label(
      column: found.name, rule: found.numbers == nil ? .equals(click) : nil)
    reasons[.label] = reason
    return found.name
  }

  private func choice(among found: [ColumnProfile]) -> UserError {
    UserError(
      source, line: 1,
      found: "columns \(listed(found.map { quoted($0.name) })), each of which may be the label",
      expected: "one that says whether there was a click",
      remedy: "write a schema by hand with one of "
        + listed(found.map { "label: \($0.name)" }) + ", and leave the others out of its fields")
  }

  /// A column with a label's name and two values that are neither yes nor no: −1 and 1, or two words of
  /// which one is known.
  private mutating func pair(among profiles: [ColumnProfile]) throws -> String? {
    let all = Self.words.flatMap(\.self)
    for profile in profiles where profile.distinct == 2 && profile.missing == 0 {
      guard
        Self.names.contains(where: profile.isCalled)
          || all.contains(where: { profile.isNamed($0) })
      else { continue }
      let values = profile.counts.keys.sorted()
      if let numbers = profile.numbers {
        guard numbers[0] == -1, numbers.last == 1 else {
          let rules = values.map { "label: {column: \"\(profile.name)\", equals: \"\($0)\"}" }
          throw UserError(
            source, found: "\(listed(values)) in column \(quoted(profile.name))",
            expected: "0 and 1, or to be told which is a click",
            remedy: "write \(rules.joined(separator: " or ")) in a schema by hand")
        }
        schema.label = Schema.Label(column: profile.name, rule: .above(0))
        reasons[.label] = "-1 and 1, and its name"
        return profile.name
      }
      let positive = ["positive", "click", "clicked", "buy"]
      if let value = values.first(where: { positive.contains($0.lowercased()) }) {
        schema.label = Schema.Label(column: profile.name, rule: .equals(value))
        reasons[.label] = "two values, and its name"
        return profile.name
      }
    }
    return nil
  }

  private mutating func rating(among profiles: [ColumnProfile]) -> String? {
    guard
      let rating = profiles.first(where: {
        $0.isNamed("rating", "stars", "score") && $0.numbers != nil && $0.missing == 0
          && !$0.isConstant
      })
    else { return nil }
    let most = rating.numbers!.last!
    let bound = most == 5 ? 3 : rating.numbers![rating.numbers!.count / 2]
    schema.label = Schema.Label(
      column: rating.name, rule: bound < most ? .above(bound) : .atLeast(bound))
    reasons[.label] = "a rating from \(rating.numbers!.first!) to \(most): choose what a click is"
    return rating.name
  }

  /// Why a column may not be a field beside the label; nil where it may.
  static func leak(_ profile: ColumnProfile, mirrors: Set<String>) -> String? {
    if mirrors.contains(profile.name) { return "says row by row what the label says" }
    let isOutcome =
      names.contains(where: profile.isCalled)
      || words.contains { $0.contains { profile.isNamed($0) } }
    return profile.isTwoSided && isOutcome
      ? "another outcome by its name, known only after the row" : nil
  }

  /// Whether a name says that there was no click.
  private static func isNegated(_ profile: ColumnProfile) -> Bool {
    let parts = profile.nameParts
    let negations = ["no", "not", "non", "un"]
    return parts.contains { part in
      negations.contains { negation in
        part.hasPrefix(negation) && words[0].contains(String(part.dropFirst(negation.count)))
      }
    }
      || parts.contains(where: negations.contains) && parts.contains(where: words[0].contains)
  }
}

extension LogSample {
  /// The columns that say, in every one of many rows, what the label says, or its opposite.
  func mirrors(of label: Schema.Label) -> Set<String> {
    guard rows.count >= 20, let place = label.column.flatMap(index) else { return [] }
    func clicks(_ reader: ClickReader, _ column: Int) -> [Float?] {
      rows.map { row in Array(row[column].utf8).withUnsafeBytes { reader.click($0) } }
    }
    let (own, plain) = (clicks(ClickReader(label), place), ClickReader(Schema.Label()))
    guard own.contains(0), own.contains(1), !own.contains(nil) else { return [] }
    let opposite = own.map { $0.map { 1 - $0 } }
    let found = names.indices.filter { column in
      guard column != place else { return false }
      let other = clicks(plain, column)
      return other == own || other == opposite
    }
    return Set(found.map { names[$0] })
  }
}

extension LogSample {
  /// The columns that nearly know the label, with the AUC of each alone.
  func telling(_ label: Schema.Label, _ numbers: NumberText) -> [String: Double] {
    guard let place = label.column.flatMap(index) else { return [:] }
    let reader = ClickReader(label, numbers)
    let clicks = rows.map { row in Array(row[place].utf8).withUnsafeBytes { reader.click($0) } }
    let known = rows.indices.filter { clicks[$0] != nil }
    let labels = known.map { clicks[$0]! }
    var found: [String: Double] = [:]
    for column in names.indices where column != place {
      var keys: [String: Int32] = [:]
      let categories = known.map { row in
        let key = keys[rows[row][column]] ?? Int32(keys.count)
        keys[rows[row][column]] = key
        return key
      }
      let values = known.map { row -> Double? in
        let text = rows[row][column]
        return text.isEmpty ? .nan : numbers.number(text)
      }
      let aucs = [
        SoleColumn.auc(keys: categories, slots: 1, labels: labels),
        values.contains(nil) ? nil : SoleColumn.auc(of: values.map { $0! }, labels: labels),
      ]
      if let auc = aucs.compactMap(\.self).max(), auc >= SoleColumn.suspicious {
        found[names[column]] = auc
      }
    }
    return found
  }
}

extension ColumnProfile {
  static func meaning(of text: String) -> Bool? {
    Array(text.utf8).withUnsafeBytes(ClickReader.meaning)
  }

  /// What the values say: yes, no or both; nil where one says neither, or there are none.
  var meanings: Set<Bool>? {
    let all = counts.keys.prefix(20).map(Self.meaning)
    return counts.count < 20 && !all.isEmpty && !all.contains(nil) ? Set(all.map { $0! }) : nil
  }

  /// Whether every row says yes or no, and both were seen.
  var isTwoSided: Bool { missing == 0 && meanings?.count == 2 }

  func isCalled(_ name: String) -> Bool { self.name.lowercased() == name }
}
