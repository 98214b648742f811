import Glibc
import Logs

/// A byte string as it is compared with others: its first bytes decide most comparisons.
///
/// It borrows its bytes where there are more than eight.
struct OrderedBytes {
  /// The first eight bytes, the first one highest, zeros behind them.
  private let prefix: UInt64
  private let count: Int
  /// The bytes of a string of more than eight.
  private let start: UnsafeRawPointer?

  /// A string of up to eight bytes, given as a word with its first byte lowest.
  init(word: UInt64, count: Int) {
    (prefix, self.count, start) = (word.byteSwapped, count, nil)
  }

  /// A string of more than eight bytes.
  init(_ start: UnsafeRawPointer, count: Int) {
    prefix = UInt64(bigEndian: start.loadUnaligned(as: UInt64.self))
    (self.count, self.start) = (count, start)
  }

  init(_ bytes: UnsafeRawBufferPointer) {
    if bytes.count <= ByteKey.longestWord {
      self.init(word: ShortText.word(bytes), count: bytes.count)
    } else {
      self.init(bytes.baseAddress!, count: bytes.count)
    }
  }

  /// Whether it comes before another string, byte by byte; a beginning comes before the whole.
  @inline(__always)
  func precedes(_ other: OrderedBytes) -> Bool {
    if prefix != other.prefix { return prefix < other.prefix }
    guard let start, let otherStart = other.start else { return count < other.count }
    let order = memcmp(start, otherStart, min(count, other.count))
    return order != 0 ? order < 0 : count < other.count
  }

  @inline(__always)
  func equals(_ other: OrderedBytes) -> Bool {
    guard prefix == other.prefix && count == other.count else { return false }
    guard let start, let otherStart = other.start else { return true }
    return memcmp(start, otherStart, count) == 0
  }
}
