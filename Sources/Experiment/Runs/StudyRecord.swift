/// What a study varied, and how it went about it.
package struct StudyRecord: Sendable, Codable {
  /// The settings that vary.
  package var keys: [String]
  /// The paper's study it repeats; nil for a space of the user's own.
  package var preset: StudyPreset?
  /// The number of points drawn by chance; nil for a grid.
  package var samples: Int?
  /// The rounds of successive halving: how many epochs, and which variants took part. Empty where
  /// every point was trained to its end.
  package var rounds: [Round] = []

  /// A round of successive halving.
  package struct Round: Sendable, Codable, Hashable {
    package let epochs: Int
    package let variants: [String]
  }

  package init(keys: [String], preset: StudyPreset? = nil, samples: Int? = nil) {
    self.keys = keys
    self.preset = preset
    self.samples = samples
  }
}
