import Data
import Models
import Operators

extension TrainingConfiguration {
  /// The keys that the preset `auto` leaves to the log.
  static let openKeys: Set<String> = [
    "hidden", "second_hidden", "dropout", "batch_norm", "wide_l2", "embedding_l2", "batch_size",
    "averaging_epochs",
  ]

  /// The configuration with what it leaves to the log decided.
  ///
  /// A setting that a program has changed stays as it is, as those do that a user has given.
  package func chosen(for log: LogFacts) -> TrainingConfiguration {
    guard !open.isEmpty else { return self }
    let usual = TrainingConfiguration(model: model, preset: preset)
    var choice = usual
    choice.choose(for: log)
    var result = self
    for key in Self.keys where open.contains(key.name) {
      guard key.text(self) == key.text(usual), let text = key.text(choice) else { continue }
      _ = key.read(text, &result)
    }
    result.open = []
    return result
  }

  /// What was left to the log and how it was decided, in one line, of what the model has; nil where nothing was.
  package func choice(for log: LogFacts, layout: BatchLayout) -> String? {
    guard !open.isEmpty else { return nil }
    let chosen = chosen(for: log)
    let values = Self.keys.filter { open.contains($0.name) && has($0.name, layout) }.compactMap {
      key in key.text(chosen).map { "\(key.name) \($0)" }
    }
    return "settings by the log (\(log.rows) training rows, \(log.rare) of the rarer label, "
      + "\(log.rowsPerID) rows for each value of the largest field): "
      + "\(values.joined(separator: ", ")); --preset tuned has the same for every log"
  }

  /// Whether the model has any use for a key that is left to the log: with another value it is another model.
  private func has(_ key: String, _ layout: BatchLayout) -> Bool {
    var other = self
    switch key {
    case "hidden": other.sizes.hidden = sizes.hidden.map { 2 * $0 }
    case "second_hidden": other.sizes.secondHidden = sizes.secondHidden.map { 2 * $0 }
    case "dropout": other.sizes.dropout = sizes.dropout == 0 ? 0.5 : 0
    case "batch_norm": other.sizes.batchNorm.toggle()
    case "wide_l2": return has(.wide, layout)
    case "embedding_l2": return has(.embedding, layout)
    default: return true
    }
    guard let usual = try? graph(layout: layout), let changed = try? other.graph(layout: layout)
    else { return true }
    return "\(usual)" != "\(changed)"
  }

  private func has(_ group: Parameter.Group, _ layout: BatchLayout) -> Bool {
    guard let graph = try? graph(layout: layout).graph else { return true }
    return graph.parameters.contains { $0.group == group }
  }

  /// Chosen on one to six splits of twelve logs of 7,500 to 80,000 rows; from 150,000 rows on widths are those that did
  /// best on Frappe and MovieLens-1M, and from five million on L2 is that of benchmarks of Criteo, not measured.
  private mutating func choose(for log: LogFacts) {
    let isSmall = log.rows < 150_000
    let steps = isSmall ? 128 : 32
    let exponent = Int.bitWidth - 1 - max(log.rows / steps, 1).leadingZeroBitCount
    batchSize = min(max(1 << exponent, 64), 4096)
    if isSmall {
      averagingEpochs = 3
      (sizes.hidden, sizes.secondHidden) = ([128, 64], [128, 64])
      if log.rowsPerID >= 200 {
        (sizes.batchNorm, sizes.dropout) = (false, 0.3)
        (wide.l2, embedding.l2) = (1e-4, 3e-3)
      }
    } else if log.rows >= 5_000_000 {
      (wide.l2, embedding.l2) = (1e-5, 1e-5)
    }
  }
}
