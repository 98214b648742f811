/// What a study varied, and how it went about it.
public struct StudyRecord: Sendable, Codable {
  /// The settings that vary.
  public var keys: [String]
  /// The paper's study it repeats; nil for a space of the user's own.
  public var preset: StudyPreset?
  /// The number of points drawn by chance; nil for a grid.
  public var samples: Int?
  /// The rounds of successive halving: how many epochs, and which variants took part. Empty where
  /// every point was trained to its end.
  public var rounds: [Round] = []

  /// A round of successive halving.
  public struct Round: Sendable, Codable, Hashable {
    public let epochs: Int
    public let variants: [String]
  }

  public init(keys: [String], preset: StudyPreset? = nil, samples: Int? = nil) {
    self.keys = keys
    self.preset = preset
    self.samples = samples
  }
}
