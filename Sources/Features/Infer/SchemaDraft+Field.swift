import Logs
import Support

extension SchemaDraft {
  /// What a column is that is neither label nor time, and why.
  static func field(of profile: ColumnProfile) -> (Schema.Field, reason: String) {
    let name = profile.name
    if profile.isList || profile.isBracketed, !profile.isConstant {
      if profile.hasRareNumbers {
        return (
          Schema.Field(name: name, kind: .ignored),
          "lists of numbers that hardly come back: nothing to learn from"
        )
      }
      guard profile.isBracketed else { return (.multivalued(name), "lists, \(profile.seen)") }
      let separator = profile.bracketedSeparator
      return (
        .multivalued(name, separator: separator == "," ? nil : String(separator), brackets: true),
        "lists in brackets, \(profile.seen)"
      )
    }
    if profile.isConstant {
      return (
        Schema.Field(name: name, kind: .ignored),
        profile.distinct == 0 ? "always missing" : "the same value in every row"
      )
    }
    if let separator = profile.separator {
      return (
        .multivalued(name, separator: separator == "|" ? nil : String(separator)),
        "lists separated by \(quoted(String(separator))), \(profile.seen)"
      )
    }
    let isID = profile.isNamed(
      "id", "uuid", "guid", "code", "zip", "ip", "hash", "key", "sku", "type")
    // As pandas and databases name row numbers: "", "Unnamed: 0", "index", "rowid".
    let isRowNumber =
      name.isEmpty || profile.isNamed("unnamed", "index", "row", "rowid", "rownum", "level")
    if profile.isUnique, profile.numbers == nil || (profile.isWhole && (isID || isRowNumber)) {
      return (
        Schema.Field(name: name, kind: .ignored),
        "nearly every row has a value of its own: nothing to learn from"
      )
    }
    if profile.timeFormat == .iso {
      return (
        .derived(name, .weekday, column: name, format: .iso), "a second time, \(profile.seen)"
      )
    }
    guard let numbers = profile.numbers, !isID else {
      let isWide =
        profile.numbers == nil && Double(profile.distinct) > 0.5 * Double(profile.present)
        && profile.rows > 1_000
      return (
        .categorical(name),
        profile.seen + (isWide ? "; mostly rare: encoding: hash would bound it" : "")
      )
    }
    let range = "from \(numbers[0].inBrief) to \(numbers[numbers.count - 1].inBrief)"
    if profile.distinct <= 10 {
      return (.categorical(name), "a few numbers \(range), \(profile.seen)")
    }
    let isCount = profile.isWhole && profile.isHeavyTailed
    if profile.isWhole && !isCount && !profile.isQuantity {
      return (.categorical(name), "whole numbers \(range), \(profile.seen)")
    }
    return (
      .numeric(name, encoding: .piecewise),
      "\(isCount ? "counts" : "numbers") \(range), \(profile.seen)"
    )
  }
}

extension ColumnProfile {
  /// Whether more and less of its whole numbers mean something: by its name; where each can have a knot of its own,
  /// so that nothing is lost if they are codes; and where they hardly come back, as those of things do.
  fileprivate var isQuantity: Bool {
    hasQuantityName || (21...NumberKnots.usualRanges + 1).contains(distinct)
      || 2 * distinct > present
  }

  /// Whether its name speaks for a quantity, more and less of which mean something.
  fileprivate var hasQuantityName: Bool {
    isNamed(
      "price", "cost", "count", "cnt", "num", "number", "amount", "age", "year", "duration",
      "length", "hours", "size", "score", "rate", "ratio", "distance", "time", "seconds", "minutes",
      "days", "qty",
      "quantity", "total", "sum", "avg", "mean", "income", "salary", "views", "width", "height",
      "depth", "position", "rank", "budget", "bid", "ctr", "weight", "temperature", "revenue")
  }
}
