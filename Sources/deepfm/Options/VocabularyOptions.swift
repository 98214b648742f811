import ArgumentParser
import DeepFMKit

/// How much memory the counting of values may take.
struct VocabularyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The most memory for the values that are counted and kept, as 512M or 4G (a quarter of the "
        + "machine's).",
      discussion: "Counts beyond it go to disk for a while. The result does not depend on it.",
      valueName: "size"))
  var maxVocabularyMemory: String?

  /// In bytes.
  func memory() throws -> Int {
    guard let text = maxVocabularyMemory else { return FeatureEncoder.defaultVocabularyMemory }
    guard let size = Self.size(text), size >= 1 << 20 else {
      throw ValidationError(
        "--max-vocabulary-memory is a size from 1M, as 512M or 4G, and not \(text)")
    }
    return size
  }

  /// Reads 512M, 1.5G, 800MiB; nil for anything else.
  static func size(_ text: String) -> Int? {
    let number = text.prefix { $0.isNumber || $0 == "." }
    let units: [String: Double] = ["": 1, "K": 0x1p10, "M": 0x1p20, "G": 0x1p30, "T": 0x1p40]
    var unit = text.dropFirst(number.count).uppercased()
    for ending in ["IB", "B"] where unit.hasSuffix(ending) {
      unit.removeLast(ending.count)
      break
    }
    guard let count = Double(number), let factor = units[unit], count * factor < 0x1p62 else {
      return nil
    }
    return Int(count * factor)
  }
}
