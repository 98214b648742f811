import CIntrinsics

extension Dataset {
  /// How many rows ahead of the one being copied memory is asked for.
  private static let ahead = 12

  /// Some rows as a batch, in the order given; a row may be named twice.
  ///
  /// - Parameter rows: each in 0..<``rows``.
  package func batch(of rows: some Collection<Int>) -> Batch {
    let places = places(of: rows)
    return Batch(
      layout: layout, ids: gather(places, width: layout.slots) { $0.ids },
      values: layout.weighted ? gather(places, width: layout.slots) { $0.values! } : nil,
      labels: gather(places, width: 1) { $0.labels },
      weights: hasWeights ? gather(places, width: 1) { $0.weights! } : nil)
  }

  /// Those of a batch's rows that one of several ranks computes, as a part of the batch.
  ///
  /// - Parameters:
  ///   - rows: those of the whole batch.
  ///   - place: which of them.
  package func batch(of rows: [Int], part place: Range<Int>) -> Batch {
    let own = batch(of: rows[place])
    return Batch(
      layout: layout, ids: own.ids, values: own.values, labels: own.labels, weights: own.weights,
      place: place, ofRows: rows.count,
      weight: hasWeights
        ? Batch.sum(gather(places(of: rows), width: 1) { $0.weights! }) : Double(rows.count))
  }

  /// The same in a place that a device takes them from.
  ///
  /// - Parameter part: which of the rows; nil for all.
  package func batch(of rows: [Int], part: Range<Int>?, in lent: LentPlace) -> Batch {
    let part = part ?? 0..<rows.count
    lent.place.fill(with: rows[part], of: self)
    return Batch(
      layout: layout, in: lent, hasWeights: hasWeights, place: part, ofRows: rows.count,
      weight: hasWeights
        ? Batch.sum(gather(places(of: rows), width: 1) { $0.weights! }) : Double(rows.count))
  }

  /// Copies some rows, in the order given, to the beginning of arrays that have room for them.
  package func copy(
    _ rows: some Collection<Int>, ids: UnsafeMutablePointer<Int32>,
    values: UnsafeMutablePointer<Float>?, labels: UnsafeMutablePointer<Float>,
    weights: UnsafeMutablePointer<Float>?
  ) {
    let places = places(of: rows)
    gather(places, width: layout.slots, into: ids) { $0.ids }
    if let values, layout.weighted {
      gather(places, width: layout.slots, into: values) { $0.values! }
    }
    gather(places, width: 1, into: labels) { $0.labels }
    if let weights, hasWeights { gather(places, width: 1, into: weights) { $0.weights! } }
  }

  /// Lets the system read rows ahead that lie in mapped files.
  package func fetch(_ ranges: [Range<Int>]) {
    for range in ranges {
      var first = range.lowerBound
      var segment = segment(of: first)
      while first < range.upperBound {
        let end = Swift.min(range.upperBound, starts[segment + 1])
        segments[segment].fetch(
          first - starts[segment]..<end - starts[segment], slots: layout.slots)
        first = end
        segment += 1
      }
    }
  }

  /// Some rows as a dataset in memory, in the order given. The statistics stay those of the whole.
  package func selecting(_ rows: some Collection<Int>) -> Dataset {
    let places = places(of: rows)
    let slots = layout.slots
    let segment = Segment(rows: rows.count, slots: slots, kind) { target in
      gather(places, width: slots, into: target.ids) { $0.ids }
      if let values = target.values { gather(places, width: slots, into: values) { $0.values! } }
      gather(places, width: 1, into: target.labels) { $0.labels }
      if let weights = target.weights { gather(places, width: 1, into: weights) { $0.weights! } }
      if let times = target.times { gather(places, width: 1, into: times) { $0.times! } }
      if let groups = target.groups { gather(places, width: 1, into: groups) { $0.groups! } }
    }
    return Dataset(
      layout: layout, segments: [segment], isLabelled: isLabelled, statistics: statistics)
  }

  /// Where a row is.
  private struct Place {
    let segment: Int32
    let row: Int32
  }

  private func places(of rows: some Collection<Int>) -> [Place] {
    var segment = 0
    return rows.map { row in
      precondition(row >= 0 && row < self.rows, "a row that is not there")
      if row < starts[segment] || row >= starts[segment + 1] { segment = self.segment(of: row) }
      return Place(
        segment: Int32(truncatingIfNeeded: segment),
        row: Int32(truncatingIfNeeded: row - starts[segment]))
    }
  }

  /// The last segment that starts at or before a row.
  private func segment(of row: Int) -> Int {
    var (low, high) = (0, segments.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if starts[middle] <= row { low = middle } else { high = middle - 1 }
    }
    return low
  }

  private func gather<Element: BitwiseCopyable>(
    _ places: [Place], width: Int, _ part: (Segment) -> UnsafePointer<Element>
  ) -> [Element] {
    [Element](unsafeUninitializedCapacity: places.count * width) { target, initialized in
      if let base = target.baseAddress { gather(places, width: width, into: base, part) }
      initialized = places.count * width
    }
  }

  @inline(__always)
  private func gather<Element: BitwiseCopyable>(
    _ places: [Place], width: Int, into target: UnsafeMutablePointer<Element>,
    _ part: (Segment) -> UnsafePointer<Element>
  ) {
    let bases = segments.map(part)
    func row(_ index: Int) -> UnsafePointer<Element> {
      bases[Int(places[index].segment)] + Int(places[index].row) * width
    }
    // Rows in random order are rarely in a cache: the lines of later ones are on their way meanwhile.
    func ask(_ index: Int) {
      let first = UnsafeRawPointer(row(index))
      let bytes = width * MemoryLayout<Element>.stride
      for line in stride(from: 0, to: bytes, by: 64) { prefetch_line(first + line) }
      prefetch_line(first + (bytes - 1))
    }
    for index in 0..<Swift.min(Self.ahead, places.count) { ask(index) }
    var next = target
    for index in places.indices {
      if index + Self.ahead < places.count { ask(index + Self.ahead) }
      next.initialize(from: row(index), count: width)
      next += width
    }
  }
}
