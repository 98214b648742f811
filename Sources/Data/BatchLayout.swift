/// How the ids of one sample are laid out, the same for every sample of a dataset.
///
/// A sample is a row of `slots` id slots. A single-valued field owns one slot, a multi-valued field
/// as many as its longest list; slots of one field are adjacent. Feature ids are global: all fields
/// share one numbering 0..<`features`, so that one embedding table serves them all.
public struct BatchLayout: Sendable, Codable, Hashable {
  /// The number of distinct features: the rows of an embedding table.
  public var features: Int
  /// The number of fields m.
  public var fields: Int
  /// For each slot the field it belongs to, not decreasing, from 0 to `fields` − 1.
  public var slotFields: [Int]
  /// Whether slots carry a value x other than 1 (numeric fields, weighted lists).
  public var weighted: Bool
  /// For each field the features that its ids are among, or nil where that is not known. Fields may
  /// share features.
  public var fieldFeatures: [Range<Int>]?
  /// The lists that are pooled by what another field's vector makes of them; nil where there are none.
  public var attention: [Attention]?

  /// A list that is pooled by attention.
  public struct Attention: Sendable, Codable, Hashable {
    /// The field of the list.
    public var field: Int
    /// The field, of one slot, whose vector weighs the list's.
    public var target: Int
    /// How it does so; nil for the softmax of products.
    public var form: Form?

    /// Other ways of weighing than by products.
    public enum Form: String, Sendable, Codable {
      /// By a network of its own (Zhou et al. 2018).
      case din
    }

    /// A list, and the field whose vector weighs its own.
    public init(field: Int, target: Int, form: Form? = nil) {
      (self.field, self.target, self.form) = (field, target, form)
    }
  }

  /// The number of id slots of a sample.
  public var slots: Int { slotFields.count }

  /// - Precondition: `slotFields` is not decreasing and names each field at least once; each of
  ///   `fieldFeatures` is within 0..<`features`; targets of `attention` are no lists.
  public init(
    features: Int, fields: Int, slotFields: [Int], weighted: Bool,
    fieldFeatures: [Range<Int>]? = nil, attention: [Attention]? = nil
  ) {
    precondition(Set(slotFields) == Set(0..<fields) && slotFields == slotFields.sorted())
    precondition(
      fieldFeatures.map { ranges in
        ranges.count == fields
          && ranges.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= features }
      } ?? true)
    precondition(
      attention.map { lists in
        lists.allSatisfy { list in
          list.field != list.target && slotFields.contains(list.field)
            && slotFields.count { $0 == list.target } == 1
        }
      } ?? true)
    self.features = features
    self.fields = fields
    self.slotFields = slotFields
    self.weighted = weighted
    self.fieldFeatures = fieldFeatures
    self.attention = attention
  }
}
