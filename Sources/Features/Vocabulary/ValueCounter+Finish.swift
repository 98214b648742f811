import Support

extension ValueCounter {
  /// What was counted of one vocabulary.
  struct Outcome {
    /// The values that are kept; none where there were too many.
    var vocabulary = Vocabulary()
    /// How many different values there were; where there were too many, the least that is known.
    var distinct = 0
    /// Whether they were more than the limit.
    var isOver = false
  }

  /// The vocabularies, once all is counted. Forgets the counts.
  ///
  /// - Throws: ``UserError`` for kept values that do not fit into the memory, and for a disk that is
  ///   full.
  func finish() throws -> [Outcome] {
    try check()
    if counts.contains(where: { !$0.runs.isEmpty }) || !fitsRanking {
      return try merged()
    }
    return counts.map { counts in
      let table = counts.table
      var outcome = Outcome(distinct: table.count, isOver: counts.isOver)
      if counts.kind.minCount <= 1 {
        outcome.vocabulary = Vocabulary(ranking: table)
      } else {
        outcome.vocabulary = Vocabulary(table, minCount: counts.kind.minCount)
        table.storage.pointee.removeAll()
      }
      return outcome
    }
  }

  /// Calls `body` with every value of a vocabulary, in the order of their bytes, and with its count. Forgets
  /// the vocabulary's counts.
  ///
  /// - Throws: ``UserError`` for a disk that is full.
  package func drain(
    _ vocabulary: Int, _ body: (UnsafeRawBufferPointer, Int) throws -> Void
  ) throws {
    try check()
    let counts = counts[vocabulary]
    guard !counts.runs.isEmpty else {
      return try counts.table.storage.pointee.drain(body)
    }
    try spill(counts)
    try file.merge(counts.runs, body)
    counts.runs = []
  }

  /// Whether there is room for the tables as they are and, one after the other, for what ranking takes.
  private var fitsRanking: Bool {
    let most = counts.map { counts in
      let table = counts.table
      let kept = table.places.count { table.number(at: $0) >= counts.kind.minCount }
      let memory = StringTableStorage.Size(
        places: StringTableStorage.size(for: kept), arena: table.storage.pointee.arenaUsed
      ).memory
      return Vocabulary.rankingMemory(of: kept) + memory
    }
    return counts.reduce(0) { $0 + $1.table.memory } + (most.max() ?? 0) <= memoryLimit
  }

  /// Puts all on disk, and takes from there what is kept.
  private func merged() throws -> [Outcome] {
    for counts in counts {
      try spill(counts)
      counts.table.storage.pointee.removeAll()
    }
    var outcomes: [Outcome] = []
    var kept: [Int] = []
    var used = 0
    for counts in counts {
      var outcome = Outcome(isOver: counts.isOver)
      var (count, fits) = (0, used <= memoryLimit)
      let table = StringTable()
      try file.merge(counts.runs) { bytes, number in
        outcome.distinct += 1
        guard number >= counts.kind.minCount else { return }
        count += 1
        // Once something does not fit, what is kept is only counted, for the error to tell.
        guard fits, outcome.distinct <= counts.kind.limit else { return }
        let key = ByteKey(bytes)
        let records =
          key.count > ByteKey.longestWord ? StringTableStorage.recordSize(of: key.count) : 0
        if let larger = table.storage.pointee.growth(for: 1, records: records) {
          if used + larger.memory * 2 > memoryLimit {
            fits = false
            table.storage.pointee.removeAll()
            return
          }
          table.storage.pointee.grow(to: larger)
        }
        table.add(number, to: key)
      }
      counts.runs = []
      outcome.isOver = outcome.isOver || outcome.distinct > counts.kind.limit
      kept.append(outcome.isOver ? 0 : count)
      if fits && !outcome.isOver {
        outcome.vocabulary = Vocabulary(ranking: table)
        used += outcome.vocabulary.memory
      } else if !outcome.isOver {
        used = .max
      }
      outcomes.append(outcome)
    }
    guard used <= memoryLimit else { throw tooMuchMemory(kept) }
    return outcomes
  }

  private func tooMuchMemory(_ kept: [Int]) -> UserError {
    let largest = kept.indices.sorted { kept[$0] > kept[$1] }.prefix(3)
      .map { "\(quoted(counts[$0].kind.name)) with \(kept[$0])" }
    return UserError(
      "schema", found: "vocabularies that take more than \(memoryLimit.inMebibytes) MiB",
      expected: "less than that; most values are kept of \(listed(largest))",
      remedy: "raise min_count, hash those fields (encoding: hash with buckets), give them a limit "
        + "with overflow: hash, or allow more with --max-vocabulary-memory")
  }
}

extension Int {
  /// A size in MiB, with a decimal where it is small.
  fileprivate var inMebibytes: String {
    let tenths = self / ((1 << 20) / 10)
    return tenths >= 100 ? "\(self >> 20)" : "\(tenths / 10).\(tenths % 10)"
  }
}
