import Support

/// The latest values of each user, for one walk over a log in which each user's rows are in order of time.
///
/// A user takes 4 bytes for each of up to twice ``length`` values (those of the time at hand wait until it is over),
/// 56 beside them and 26 to 51 for the key; each different value is kept once.
struct UserHistories {
  /// The most values of a history.
  let length: Int
  private let users = StringTable()
  private let values = StringTable()
  private var texts = Texts()
  private var latest: [Latest] = []

  private struct Latest {
    var time = Int64.min
    /// The oldest first.
    var values: [UInt32] = []
    /// How many of the last ones are of `time` itself, and nobody's history yet.
    var open = 0
  }

  init(length: Int) { self.length = length }

  /// How many users there are.
  var count: Int { latest.count }

  /// The number of a user.
  mutating func user(_ bytes: UnsafeRawBufferPointer) -> Int {
    let key = ByteKey(bytes)
    let known = users.find(key)
    if known >= 0 { return known }
    _ = users.insert(key, latest.count)
    latest.append(Latest())
    return latest.count - 1
  }

  /// Takes a user's clock to the time of his next row: what came before is history now.
  ///
  /// - Returns: false where he had a later row already.
  mutating func advance(_ user: Int, to time: Int64) -> Bool {
    guard time >= latest[user].time else { return false }
    if time > latest[user].time {
      latest[user].time = time
      latest[user].open = 0
      let spare = latest[user].values.count - length
      if spare > 0 { latest[user].values.removeFirst(spare) }
    }
    return true
  }

  /// Calls `take` with the values of rows before the user's time, the newest first.
  func forEachValue(of user: Int, _ take: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    let own = latest[user]
    let end = own.values.count - own.open
    for place in stride(from: end - 1, through: max(end - length, 0), by: -1) {
      try texts.with(Int(own.values[place]), take)
    }
  }

  /// Adds the value of a row at the user's time.
  mutating func add(_ value: UnsafeRawBufferPointer, to user: Int) {
    let key = ByteKey(value)
    var number = values.find(key)
    if number < 0 {
      number = texts.append(value)
      _ = values.insert(key, number)
    }
    latest[user].values.append(UInt32(number))
    latest[user].open += 1
    if latest[user].open > length {
      latest[user].open -= 1
      latest[user].values.remove(at: latest[user].values.count - latest[user].open - 1)
    }
  }
}

/// Texts by number.
private struct Texts {
  private var bytes: [UInt8] = []
  private var ends: [Int] = [0]

  /// Keeps a text; returns its number.
  mutating func append(_ text: UnsafeRawBufferPointer) -> Int {
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
    return ends.count - 2
  }

  func with(_ number: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    try bytes.withUnsafeBytes { all in
      try body(UnsafeRawBufferPointer(rebasing: all[ends[number]..<ends[number + 1]]))
    }
  }
}
