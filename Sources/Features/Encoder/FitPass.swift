import Logs
import Support

/// The first pass: counts values, measures numbers and lists, a column at a time.
///
/// What it learns depends on the set of rows and not on their order or on who saw which of them:
/// counts and list lengths add up, and numbers are summed without rounding. Values are counted in a
/// ``ValueCounter``, which all workers share; the rest each learns apart, and they ``merge(_:)``.
package struct FitPass {
  package let schema: Schema
  package let counter: ValueCounter
  let fields: FixedArray<Learned>
  private let logBucket = LogBucket()
  private let buffer = KeyBuffer()
  /// How often each of the first log-buckets was seen in the block, [fields, buckets].
  private let buckets: FixedArray<Int>
  private static let bucketCount = 256
  /// How often each value of a dictionary was seen, by field.
  private let tallies: [CodeTally]

  /// What is known of one field so far.
  struct Learned {
    let encoding: Schema.Field.Encoding
    let isList: Bool
    /// Which vocabulary its values are counted for; −1 where they are not.
    let vocabulary: Int
    var numbers = NumberSummary()
    var histogram: NumberHistogram?
    var longest = 1
  }

  /// - Parameter counter: that of the schema, see ``ValueCounter/init(_:memoryLimit:spillingTo:)``.
  package init(schema: Schema, counter: ValueCounter) {
    self.schema = schema
    self.counter = counter
    let owners = schema.vocabularies.owners
    fields = FixedArray(
      zip(schema.fields, owners).map { field, vocabulary in
        let encoding = field.effectiveEncoding
        return Learned(
          encoding: encoding, isList: field.kind == .multivalued, vocabulary: vocabulary,
          histogram: encoding == .quantiles || field.hasPlaces ? NumberHistogram() : nil)
      })
    tallies = schema.fields.map { _ in CodeTally() }
    buckets = FixedArray(repeating: 0, count: fields.count * Self.bucketCount)
  }

  /// Learns from all rows of a batch.
  package func add(_ rows: RowBatch) {
    guard !counter.hasFailed else { return }
    for field in 0..<fields.count {
      switch fields.base[field].encoding {
      case .vocabulary, .hash: addValues(of: field, rows)
      default: addNumbers(of: field, rows)
      }
    }
  }

  private func addValues(of field: Int, _ rows: RowBatch) {
    let (vocabulary, isList) = (fields.base[field].vocabulary, fields.base[field].isList)
    guard vocabulary >= 0 || isList else { return }
    if let codes = rows.codes(of: field) {
      return tallies[field].add(
        codes.values, of: rows.all, codes.dictionary, missing: rows.columns.missing, to: counter,
        vocabulary)
    }
    let keys = buffer.keys
    var (waiting, length, longest) = (0, 0, 0)
    rows.forEachValue(
      of: field, in: rows.all,
      value: { bytes, _ in
        length &+= 1
        if vocabulary >= 0 {
          keys[waiting] = ByteKey(bytes)
          waiting &+= 1
          if waiting == KeyBuffer.capacity {
            counter.add(UnsafeBufferPointer(start: keys, count: waiting), to: vocabulary)
            waiting = 0
          }
        }
      }, missing: {},
      end: { _ in
        longest = max(longest, length)
        length = 0
      })
    if waiting > 0 {
      counter.add(UnsafeBufferPointer(start: keys, count: waiting), to: vocabulary)
    }
    if isList { fields.base[field].longest = max(fields.base[field].longest, longest) }
  }

  private func addNumbers(of field: Int, _ rows: RowBatch) {
    let encoding = fields.base[field].encoding
    guard ![.value, .boundaries].contains(encoding) else { return }
    let numbers = rows.numbers(of: field)
    for record in rows.all {
      let number = numbers[Int(record)]
      if number.isNaN { continue }
      switch encoding {
      case .logBucket:
        let bucket = logBucket(number)
        if 0..<Self.bucketCount ~= bucket {
          buckets.base[field &* Self.bucketCount &+ bucket] &+= 1
        } else {
          count(1, of: bucket, field)
        }
      case .quantiles, .piecewise, .periodic: fields.base[field].histogram!.add(number)
      default: fields.base[field].numbers.add(number)
      }
    }
  }

  private func count(_ count: Int, of bucket: Int, _ field: Int) {
    LogBucket.withKey(of: bucket) { counter.add(count, of: $0, to: fields.base[field].vocabulary) }
  }

  /// Ends a block: hands on what was counted apart.
  package func endBlock() {
    for field in 0..<fields.count where fields.base[field].encoding == .logBucket {
      let start = field * Self.bucketCount
      for bucket in 0..<Self.bucketCount where buckets.base[start + bucket] > 0 {
        count(buckets.base[start + bucket], of: bucket, field)
        buckets.base[start + bucket] = 0
      }
    }
  }

  /// Hands on what was counted by codes: nothing is added afterwards.
  package func endPass() {
    for field in 0..<fields.count {
      tallies[field].handOn(to: counter, fields.base[field].vocabulary)
    }
  }

  /// Takes in what another worker learned beside the shared counts. The order of the merges does not
  /// change the result.
  package func merge(_ other: FitPass) {
    precondition(other.counter === counter)
    other.endPass()
    for field in 0..<fields.count {
      let learned = other.fields.base[field]
      fields.base[field].numbers.merge(learned.numbers)
      if let histogram = learned.histogram { fields.base[field].histogram?.merge(histogram) }
      fields.base[field].longest = max(fields.base[field].longest, learned.longest)
    }
  }
}
