import Support

/// Who is in which arm of a test: a pure function of the unit, so that any program, at any time, gives the
/// same answer and nothing needs to be stored.
///
/// ```swift
/// let test = try ArmAssignment(seed: "ranker-7", arms: [("control", 0.5), ("deepfm", 0.5)])
/// let arm = test.arm(of: "user-81")      // "control", "deepfm", or nil for who is not in the test
/// ```
///
/// Each arm has a stretch of the places from 0 to 1 in proportion to its weight, and takes the first
/// `coverage` of it: raising the coverage lets units in, and never moves one between arms.
public struct ArmAssignment: Sendable, Hashable {
  /// An arm with its share.
  public struct Arm: Sendable, Hashable {
    public let name: String
    /// Its share of the units in the test; all arms' are 1.
    public let weight: Double
    /// The places from 0 to 1 that are its own.
    public let places: Range<Double>
  }

  /// A part of the units that tests share out among them: those in two parts that do not overlap never
  /// meet.
  public struct Layer: Sendable, Hashable {
    /// The layer's own word: tests of one layer name the same.
    public let name: String
    /// The places of this test.
    public let places: Range<Double>

    /// - Parameter places: within 0…1.
    public init(_ name: String, _ places: Range<Double>) {
      (self.name, self.places) = (name, places)
    }

    /// Whether a unit is in this part.
    @inlinable
    public func contains(_ unit: some Sequence<UInt8>) -> Bool {
      places.contains(AssignmentHash.v1.place(of: unit, seed: "__" + name))
    }
  }

  /// The test's own word: another one deals the units anew.
  public let seed: String
  public let arms: [Arm]
  public let hash: AssignmentHash
  /// The part of a layer that the test has; nil for all units.
  public let layer: Layer?

  /// - Parameters:
  ///   - seed: the test's own word, not empty.
  ///   - arms: at least one, each with its weight, above 0; the weights are divided by their sum.
  ///   - coverage: the share of the units that take part, above 0, at most 1.
  /// - Throws: ``UserError`` for what is none of these.
  public init(
    seed: String, arms: [(name: String, weight: Double)], coverage: Double = 1, layer: Layer? = nil,
    hash: AssignmentHash = .v2
  ) throws {
    func refuse(_ found: String, _ expected: String) -> UserError {
      UserError("assignment", found: found, expected: expected, remedy: "correct it")
    }
    guard !seed.isEmpty else { throw refuse("an empty seed", "the test's own word") }
    guard !arms.isEmpty else { throw refuse("no arms", "at least one, as in control=0.5") }
    guard Set(arms.map(\.name)).count == arms.count else {
      throw refuse("arms \(listed(arms.map(\.name)))", "each name once")
    }
    for arm in arms where !(arm.weight > 0 && arm.weight.isFinite) {
      throw refuse("weight \(arm.weight) of arm \(quoted(arm.name))", "a number above 0")
    }
    guard coverage > 0 && coverage <= 1 else {
      throw refuse("coverage \(coverage)", "a share above 0, at most 1")
    }
    if let layer, layer.places.isEmpty || layer.places.lowerBound < 0 || layer.places.upperBound > 1
    {
      throw refuse(
        "layer \(quoted(layer.name)) from \(layer.places.lowerBound) to \(layer.places.upperBound)",
        "a part of 0 to 1")
    }
    let total = arms.reduce(0) { $0 + $1.weight }
    var before = 0.0
    self.arms = arms.map { name, weight in
      let share = weight / total
      defer { before += share }
      return Arm(name: name, weight: share, places: before..<(before + coverage * share))
    }
    (self.seed, self.layer, self.hash) = (seed, layer, hash)
  }

  /// The number of a unit's arm; nil for one that is not in the test.
  /// - Parameter unit: its bytes, in UTF-8 where it is text.
  @inlinable
  public func index(of unit: some Collection<UInt8>) -> Int? {
    if let layer, !layer.contains(unit) { return nil }
    let place = hash.place(of: unit, seed: seed)
    return arms.firstIndex { $0.places.contains(place) }
  }

  /// The name of a unit's arm; nil for one that is not in the test.
  public func arm(of unit: String) -> String? { index(of: unit.utf8).map { arms[$0].name } }
}
