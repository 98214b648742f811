import Features
import Foundation
import Support

/// What changed from one model to a later one, as a file: table rows, other parameters, values of the encoder. The
/// earlier model and the delta give the later one, byte for byte.
///
/// Little-endian throughout:
///
/// | bytes | content |
/// |---|---|
/// | 8 | `DFDELTA`, line feed |
/// | 4 | version, ``version`` |
/// | 4 | h, the header's length |
/// | 8 | the file's length |
/// | h | header: JSON with sorted keys, padded with spaces to a multiple of 8 |
/// | … | of each tensor the numbers of its changed rows, 4 bytes each; then, part by part, these rows |
/// | 4 | CRC-32 of all bytes before |
package struct ModelDelta: Sendable {
  static let magic: [UInt8] = Array("DFDELTA\n".utf8)
  static let version: UInt32 = 1

  /// What tells a model file from others.
  package struct Identity: Sendable, Codable, Hashable {
    /// XXH64 of the model file's bytes.
    package let hash: String
    /// Their number.
    package let size: Int
  }

  /// A tensor's changes.
  struct Change: Sendable, Codable {
    let name: String
    let rows: Int
    let columns: Int
    /// As in ``ModelFile/Entry``.
    let parts: Int
    let rowParts: Int
    /// How many rows are stored.
    let changed: Int

    /// The 4-byte numbers that are stored; nil where they exceed what can be counted.
    var count: Int? {
      guard rows >= 0, columns >= 0, parts >= 1, rowParts >= 0, 0...rows ~= changed else {
        return nil
      }
      let (width, overflow) = parts.multipliedReportingOverflow(by: columns)
      let (count, overflows) = changed.multipliedReportingOverflow(by: 1 + width + rowParts)
      return overflow || overflows || width > Int.max / 4 ? nil : count
    }
  }

  struct Header: Sendable, Codable {
    var base: Identity
    var result: Identity
    /// Whether the result has the optimizers' numbers.
    var hasOptimizer: Bool
    var encoder: EncoderDelta
    var configuration: TrainingConfiguration
    var step: Int
    var bestEpoch: Int?
    var history: [EpochRecord]
    var pretraining: Pretraining?
    var recalibration: Float?
    var tensors: [Change]
  }

  let header: Header
  /// Of each tensor the changed rows, ascending, and the numbers of each part.
  let rows: [[Int32]]
  let numbers: [[[Float]]]

  /// The model that it is about.
  package var base: Identity { header.base }
  /// The model that comes of it.
  package var result: Identity { header.result }
  /// How many rows of tensors are stored, and how many there are.
  package var changedRows: (changed: Int, all: Int) {
    header.tensors.reduce(into: (0, 0)) { $0 = ($0.0 + $1.changed, $0.1 + $1.rows) }
  }
  /// How many values of the encoder changed.
  package var changedValues: Int { header.encoder.changedValues }
}

extension TrainedModel {
  /// What its file would be told by.
  package func identity() throws -> ModelDelta.Identity {
    var (hash, size) = (XXH64(), 0)
    try stream { bytes in
      hash.add(bytes)
      size += bytes.count
    }
    return ModelDelta.Identity(hash: hexadecimal(hash.value), size: size)
  }
}

extension ModelDelta {
  /// What changed between two models.
  package init(from base: TrainedModel, to model: TrainedModel) throws {
    let sources = model.encoder.rows(in: base.encoder)
    let known = Dictionary(base.tensors.map { ($0.name, $0) }) { first, _ in first }
    var (changes, rows, numbers): ([Change], [[Int32]], [[[Float]]]) = ([], [], [])
    for tensor in model.tensors {
      let isTable = tensor.rows == model.encoder.layout.features
      let changed = tensor.changedRows(since: known[tensor.name]) {
        isTable ? sources[$0] : $0
      }
      changes.append(
        Change(
          name: tensor.name, rows: tensor.rows, columns: tensor.columns,
          parts: 1 + tensor.states.count - tensor.rowStates, rowParts: tensor.rowStates,
          changed: changed.count))
      rows.append(changed.map(Int32.init))
      numbers.append(
        tensor.parts.map { part in
          changed.flatMap { part.values[$0 * part.width..<($0 + 1) * part.width] }
        })
    }
    header = Header(
      base: try base.identity(), result: try model.identity(),
      hasOptimizer: model.tensors.contains { !$0.states.isEmpty },
      encoder: EncoderDelta(from: base.encoder, to: model.encoder),
      configuration: model.configuration, step: model.step, bestEpoch: model.bestEpoch,
      history: model.history, pretraining: model.pretraining, recalibration: model.recalibration,
      tensors: changes)
    (self.rows, self.numbers) = (rows, numbers)
  }

  /// The later model, from the earlier one.
  ///
  /// - Parameter name: what errors call the delta.
  /// - Throws: `UserError` for another model than the delta is about, and for one that does not come out as it was.
  package func applied(to base: TrainedModel, named name: String) throws -> TrainedModel {
    var base = base
    if try base.identity() != header.base {
      base = base.withoutOptimizer
      guard !header.hasOptimizer, try base.identity() == header.base else {
        throw UserError(
          name, found: "changes of another model (\(header.base.hash))",
          expected: "those of the model that was given",
          remedy: "apply it to the model that it was made from")
      }
    }
    func misfit() -> UserError {
      UserError(
        name, found: "changes that do not fit together", expected: "a delta that this program made",
        remedy: "make it again, by the same version of deepfm")
    }
    guard let encoder = header.encoder.applied(to: base.encoder) else { throw misfit() }
    let sources = encoder.rows(in: base.encoder)
    let known = Dictionary(base.tensors.map { ($0.name, $0) }) { first, _ in first }
    let tensors = try header.tensors.indices.map { index in
      let change = header.tensors[index]
      let isTable = change.rows == encoder.layout.features
      let tensor = TrainedModel.Tensor(
        change, rows[index], numbers[index], over: known[change.name]
      ) { isTable ? sources[$0] : $0 }
      guard let tensor else { throw misfit() }
      return tensor
    }
    var model = TrainedModel(
      encoder: encoder, configuration: header.configuration, step: header.step,
      bestEpoch: header.bestEpoch, history: header.history, pretraining: header.pretraining,
      tensors: tensors)
    model.recalibration = header.recalibration
    guard try model.identity() == header.result else { throw misfit() }
    return model
  }
}

extension TrainedModel.Tensor {
  /// The values, then the optimizer's numbers, with how many each row has.
  fileprivate var parts: [(values: [Float], width: Int)] {
    ([values] + states).enumerated().map { index, part in
      (part, index > states.count - rowStates ? 1 : columns)
    }
  }

  /// The rows that are other, bit by bit, than where they come from in an earlier tensor; all where it is of another
  /// shape.
  fileprivate func changedRows(
    since base: TrainedModel.Tensor?, _ source: (Int) -> Int
  ) -> [Int] {
    guard let base, base.columns == columns, base.states.count == states.count,
      base.rowStates == rowStates
    else { return Array(0..<rows) }
    let pairs = zip(parts, base.parts).map { ($0.values, $1.values, $0.width) }
    return (0..<rows).filter { row in
      let old = source(row)
      guard 0..<base.rows ~= old else { return true }
      return pairs.contains { new, before, width in
        (0..<width).contains {
          new[row * width + $0].bitPattern != before[old * width + $0].bitPattern
        }
      }
    }
  }

  /// A tensor with some rows of its own and the others from an earlier one; nil where they do not fit.
  fileprivate init?(
    _ change: ModelDelta.Change, _ changed: [Int32], _ numbers: [[Float]],
    over base: TrainedModel.Tensor?, _ source: (Int) -> Int
  ) {
    var isStored = [Bool](repeating: false, count: change.rows)
    for row in changed {
      guard isStored.indices.contains(Int(row)) else { return nil }
      isStored[Int(row)] = true
    }
    let old = base?.parts ?? []
    var parts: [[Float]] = []
    for (index, stored) in numbers.enumerated() {
      let width = index < change.parts ? change.columns : 1
      guard stored.count == changed.count * width else { return nil }
      var values = [Float](repeating: 0, count: change.rows * width)
      for row in 0..<change.rows where !isStored[row] {
        let from = source(row)
        guard old.indices.contains(index), old[index].width == width, from >= 0,
          (from + 1) * width <= old[index].values.count
        else { return nil }
        for column in 0..<width {
          values[row * width + column] = old[index].values[from * width + column]
        }
      }
      for (place, row) in changed.enumerated() {
        for column in 0..<width {
          values[Int(row) * width + column] = stored[place * width + column]
        }
      }
      parts.append(values)
    }
    guard let first = parts.first, parts.count == change.parts + change.rowParts else { return nil }
    self.init(
      name: change.name, rows: change.rows, columns: change.columns, values: first,
      states: Array(parts.dropFirst()))
  }
}
