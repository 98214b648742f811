import Data
import Support

/// Some encoded rows, to be looked at field by field.
package struct RowSample {
  /// How many rows are looked at.
  package static let size = 20_000

  private let encoder: FeatureEncoder
  private var ids: [Int32] = []
  private var values: [Float] = []
  private var labels: [Float] = []

  package init(_ encoder: FeatureEncoder) { self.encoder = encoder }

  /// Rows from all over a dataset, a thousand together.
  package init(_ encoder: FeatureEncoder, of data: Dataset) {
    self.init(encoder)
    let together = 1_000
    let wanted = min(data.rows, Self.size)
    let parts = max(1, wanted / together)
    for part in 0..<parts {
      let first = part * data.rows / parts
      for row in first..<min(first + wanted / parts, data.rows) {
        let index = data.starts.partitioningIndex { $0 > row } - 1
        let (segment, place) = (data.segments[index], row - data.starts[index])
        let slot = place * data.layout.slots
        append(
          segment.ids + slot, values: segment.values.map { $0 + slot },
          click: segment.labels[place] > 0.5)
      }
    }
  }

  package var isFull: Bool { labels.count >= Self.size }
  package var rows: Int { labels.count }

  /// Adds a row.
  package mutating func append(
    _ ids: UnsafePointer<Int32>, values: UnsafePointer<Float>?, click: Bool
  ) {
    let slots = encoder.layout.slots
    self.ids.append(contentsOf: UnsafeBufferPointer(start: ids, count: slots))
    if let values {
      self.values.append(contentsOf: UnsafeBufferPointer(start: values, count: slots))
    }
    labels.append(click ? 1 : 0)
  }

  /// The AUC of each field alone; nil where too few rows of one class were seen.
  package var aucs: [Double?] {
    let slots = encoder.layout.slots
    var first = 0
    return encoder.fields.map { field in
      defer { first += field.slots }
      let own = labels.indices.flatMap { row in
        ids[row * slots + first..<row * slots + first + field.slots]
      }
      guard field.field.kind == .numeric, field.field.carriesValues else {
        return SoleColumn.auc(keys: own, slots: field.slots, labels: labels)
      }
      // Where a number has several slots its place is in the first.
      let numbers = labels.indices.map { row in
        let slot = row * slots + first
        return ids[slot] == field.missingID ? .nan : Double(values[slot])
      }
      return SoleColumn.auc(of: numbers, labels: labels)
    }
  }

  /// The fields that nearly know the label, each in one line with what to do.
  package var warnings: [String] {
    zip(encoder.fields, aucs).compactMap { field, auc in
      guard let auc, auc >= SoleColumn.suspicious else { return nil }
      return SoleColumn.warning(field.field.name, auc, rows: rows)
    }
  }
}
