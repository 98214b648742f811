import Logs

/// How often the values of a dictionary were seen in the rows of one thread: counted by their codes, and handed on as
/// values once another dictionary comes.
final class CodeTally {
  private var dictionary: ColumnDictionary?
  private var missing = MissingValues([])
  private var counts: [Int] = []

  /// Counts the codes of some rows, those that are missing left out.
  func add(
    _ codes: UnsafePointer<Int32>, of rows: UnsafeBufferPointer<Int32>,
    _ dictionary: ColumnDictionary, missing: MissingValues, to counter: ValueCounter,
    _ vocabulary: Int
  ) {
    if dictionary !== self.dictionary {
      handOn(to: counter, vocabulary)
      (self.dictionary, self.missing) = (dictionary, missing)
      counts = [Int](repeating: 0, count: dictionary.count)
    }
    counts.withUnsafeMutableBufferPointer { counts in
      guard let base = counts.baseAddress else { return }
      for row in rows {
        let code = Int(codes[Int(row)])
        if code >= 0 { base[code] &+= 1 }
      }
    }
  }

  /// Adds what was counted to a vocabulary.
  func handOn(to counter: ValueCounter, _ vocabulary: Int) {
    guard let dictionary else { return }
    let most = KeyBuffer.capacity
    withUnsafeTemporaryAllocation(of: ByteKey.self, capacity: most) { keys in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: most) { amounts in
        var waiting = 0
        func flush() {
          counter.add(
            UnsafeBufferPointer(rebasing: UnsafeBufferPointer(keys)[..<waiting]), to: vocabulary,
            amounts: amounts.baseAddress)
          waiting = 0
        }
        for (code, count) in counts.enumerated() where count > 0 {
          let bytes = dictionary.cells[code].bytes
          if missing.contains(bytes) { continue }
          (keys[waiting], amounts[waiting]) = (ByteKey(bytes), count)
          waiting += 1
          if waiting == most { flush() }
        }
        if waiting > 0 { flush() }
      }
    }
    self.dictionary = nil
  }
}
