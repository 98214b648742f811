import Data
import Foundation
import Random

/// Which ids the batches of a case have. The last quarter of the features never occurs.
struct IdPattern: Sendable {
  /// For people.
  let name: String
  /// How the ids are laid out.
  let layout: BatchLayout
  /// The probability that a slot is empty.
  var absence = 0.0
  /// How many of the features occur.
  var occurring: Int
  /// Whether small ids are far more frequent than large ones.
  var isSkewed = false

  /// One id a field and no values: for operators that do not look at ids.
  static func plain(fields: Int = 1, features: Int = 24) -> IdPattern {
    IdPattern(
      name: "\(fields) fields",
      layout: BatchLayout(
        features: features, fields: fields, slotFields: Array(0..<fields), weighted: false),
      occurring: features * 3 / 4)
  }

  /// Fields with features of their own, as encoders number them.
  ///
  /// - Parameters:
  ///   - sizes: how many features each field has.
  ///   - slots: how many ids of the first field a sample has; of the others one.
  ///   - absence: the probability that a slot is empty.
  static func ownFeatures(_ sizes: [Int], slots: Int = 1, absence: Double = 0) -> IdPattern {
    let starts = sizes.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let features = starts[sizes.count]
    return IdPattern(
      name: "fields of \(sizes.map(String.init).joined(separator: ", ")) features",
      layout: BatchLayout(
        features: features, fields: sizes.count,
        slotFields: [Int](repeating: 0, count: slots) + Array(1..<sizes.count), weighted: false,
        fieldFeatures: sizes.indices.map { starts[$0]..<starts[$0 + 1] }),
      absence: absence, occurring: features)
  }

  /// Single ids; weighted ids; fields with lists of ids, weighted, some of them empty; and two ids
  /// that occur over and over.
  static let all = [
    plain(fields: 3, features: 101),
    IdPattern(
      name: "weighted",
      layout: BatchLayout(features: 60, fields: 4, slotFields: Array(0..<4), weighted: true),
      occurring: 45),
    IdPattern(
      name: "lists",
      layout: BatchLayout(
        features: 40, fields: 3, slotFields: [0, 1, 1, 1, 2, 2], weighted: true),
      absence: 0.4, occurring: 30),
    IdPattern(
      name: "two hot ids",
      layout: BatchLayout(features: 9, fields: 2, slotFields: [0, 0, 1], weighted: false),
      occurring: 2),
  ]

  /// One id a field or none.
  static let someAbsent = IdPattern(
    name: "absent ids",
    layout: BatchLayout(features: 40, fields: 5, slotFields: Array(0..<5), weighted: false),
    absence: 0.4, occurring: 30)

  /// A batch of random ids, values, labels and weights.
  ///
  /// - Parameters:
  ///   - weights: how sample weights are drawn; nil for none.
  ///   - number: distinguishes several batches of a case.
  func batch(rows: Int, weights: Distribution? = nil, number: Int = 0) -> Batch {
    let purpose = "\(name) batch \(number)"
    var random = RandomStream(seed: 2, purpose: purpose)
    let ids = (0..<rows * layout.slots).map { place -> Int32 in
      let isAbsent = random.uniform() < absence
      let position = random.uniform()
      let id = isSkewed ? pow(Double(occurring), position) - 1 : Double(occurring) * position
      guard !isAbsent else { return Batch.absent }
      guard let features = layout.fieldFeatures?[layout.slotFields[place % layout.slots]]
      else { return Int32(id) }
      return Int32(features.lowerBound + Int(position * Double(features.count)))
    }
    return Batch(
      layout: layout, ids: ids,
      values: layout.weighted
        ? Distribution.signed.numbers(ids.count, purpose: "\(purpose) values").map { Float($0) }
        : nil,
      labels: (0..<rows).map { _ in Float(random.nextWord() & 1) },
      weights: weights?.numbers(rows, purpose: "\(purpose) weights").map { Float($0) })
  }
}

extension IdPattern {
  /// Criteo's log: 39 single-valued fields, a million features, a few of them very frequent.
  static let clickLog = IdPattern(
    name: "click log",
    layout: BatchLayout(
      features: 1_000_000, fields: 39, slotFields: Array(0..<39), weighted: false),
    occurring: 1_000_000, isSkewed: true)
}
