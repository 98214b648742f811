import Support

/// The first pass: counts values, measures numbers and lists.
///
/// What it learns depends on the set of rows and not on their order or on who saw which of them:
/// counts and list lengths add up, and numbers are summed without rounding. Values are counted in
/// ``Tallies``, which all workers share; the rest each learns apart, and they ``merge(_:)``.
struct Fitter: RowConsumer {
  let schema: Schema
  let tallies: Tallies
  let fields: FixedArray<Learned>
  private let split: RandomSplit?
  private let logBucket = LogBucket()
  /// The fields whose lengths matter.
  private let lists: [Int]
  /// Rows begun so far. Their numbers in the log would count those that are rejected too, which are
  /// not in the dataset that is split likewise.
  private var row = 0
  private let columns: ValueColumns
  /// How often each of the first log-buckets was seen in the block, [fields, buckets].
  private let buckets: FixedArray<Int>
  private static let bucketCount = 256

  /// What is known of one field so far.
  struct Learned {
    let encoding: Schema.Field.Encoding
    /// Which tally counts its values; −1 where none does.
    let tally: Int
    var numbers = NumberSummary()
    var histogram: NumberHistogram?
    var length = 0
    var longest = 1
  }

  /// - Parameter tallies: those of the schema, see ``Tallies/init(_:memoryLimit:spillingTo:)``.
  init(schema: Schema, split: RandomSplit? = nil, tallies: Tallies) {
    self.schema = schema
    self.tallies = tallies
    self.split = split
    let owners = schema.vocabularies.owners
    fields = FixedArray(
      zip(schema.fields, owners).map { field, tally in
        let encoding = field.effectiveEncoding
        return Learned(
          encoding: encoding, tally: tally,
          histogram: encoding == .quantiles ? NumberHistogram() : nil)
      })
    lists = schema.fields.indices.filter { schema.fields[$0].kind == .multivalued }
    columns = ValueColumns(fields: fields.count)
    buckets = FixedArray(repeating: 0, count: fields.count * Self.bucketCount)
  }

  mutating func beginRow(_ head: RowHead) -> Bool {
    defer { row += 1 }
    return !tallies.hasFailed && split.map { $0.part(of: row) == 0 } ?? true
  }

  @inline(__always)
  mutating func token(_ bytes: UnsafeRawBufferPointer, value: Float, field: Int) {
    fields.base[field].length += 1
    guard fields.base[field].tally >= 0 else { return }
    if columns.append(bytes, field: field) { count(field) }
  }

  /// Counts the values of a field that wait.
  private func count(_ field: Int) { tallies.add(columns, field, to: fields.base[field].tally) }

  mutating func number(_ number: Double, field: Int) {
    switch fields.base[field].encoding {
    case .logBucket:
      let bucket = logBucket(number)
      if 0..<Self.bucketCount ~= bucket {
        buckets.base[field &* Self.bucketCount &+ bucket] &+= 1
      } else {
        count(1, of: bucket, field)
      }
    case .quantiles: fields.base[field].histogram!.add(number)
    case .standardized: fields.base[field].numbers.add(number)
    default: break
    }
  }

  private func count(_ count: Int, of bucket: Int, _ field: Int) {
    LogBucket.withKey(of: bucket) { tallies.add(count, of: $0, to: fields.base[field].tally) }
  }

  mutating func missing(field: Int) {}

  mutating func endRow() {
    for field in lists {
      fields.base[field].longest = max(fields.base[field].longest, fields.base[field].length)
      fields.base[field].length = 0
    }
    if columns.textSize > 1 << 18 { countAll() }
  }

  mutating func endBlock() {
    countAll()
    for field in 0..<fields.count where fields.base[field].encoding == .logBucket {
      let start = field * Self.bucketCount
      for bucket in 0..<Self.bucketCount where buckets.base[start + bucket] > 0 {
        count(buckets.base[start + bucket], of: bucket, field)
        buckets.base[start + bucket] = 0
      }
    }
  }

  private func countAll() {
    for field in 0..<fields.count where columns.count(of: field) > 0 { count(field) }
    columns.removeText()
  }

  /// Takes in what another worker learned beside the shared counts. The order of the merges does not
  /// change the result.
  mutating func merge(_ other: Fitter) {
    precondition(other.tallies === tallies)
    for field in 0..<fields.count {
      let learned = other.fields.base[field]
      fields.base[field].numbers.merge(learned.numbers)
      if let histogram = learned.histogram { fields.base[field].histogram?.merge(histogram) }
      fields.base[field].longest = max(fields.base[field].longest, learned.longest)
    }
  }
}
