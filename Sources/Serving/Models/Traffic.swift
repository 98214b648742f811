import Support

/// Who answers a model's requests.
struct Traffic: Sendable {
  var stable: LoadedModel?
  /// A version that answers a share of the units, from 0 to 1.
  var canary: (model: LoadedModel, share: Double)?
  /// A version that scores every request for the log alone.
  var shadow: LoadedModel?

  /// The versions in memory.
  var loaded: [LoadedModel] { [stable, canary?.model, shadow].compactMap { $0 } }
}

/// Decides which units a canary answers.
package protocol UnitAssignment: Sendable {
  /// A number from 0 to below 1, the same whenever the same unit comes; independent between models.
  func place(of unit: String, model: String) -> Double
}

/// By the hash of the model's name and the unit.
package struct HashedUnits: UnitAssignment {
  package init() {}

  package func place(of unit: String, model: String) -> Double {
    var text = "\(model)\u{0}\(unit)"
    let hash = text.withUTF8 { XXH64.hash(UnsafeRawBufferPointer($0)) }
    return Double(hash >> 11) * 0x1p-53
  }
}
