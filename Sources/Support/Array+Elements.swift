extension Array {
  /// The same array where its elements are of that type; nil where they are not. In code that is compiled for any type
  /// `as?` would look at each element, for some 20 ns.
  package func elements<Other>(as type: Other.Type = Other.self) -> [Other]? {
    Element.self == Other.self ? unsafeBitCast(self, to: [Other].self) : nil
  }
}

extension Array where Element: BinaryFloatingPoint {
  /// The numbers in another precision: at once where it is their own.
  package func converted<Other: BinaryFloatingPoint>(to type: Other.Type = Other.self) -> [Other] {
    elements() ?? map { Other($0) }
  }
}
