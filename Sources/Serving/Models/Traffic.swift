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
