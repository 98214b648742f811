import Glibc

/// The bucket of a number: ⌊(ln x)²⌋ for x > 2, else ⌊x⌋.
struct LogBucket {
  /// The buckets of the first whole numbers, which most counts are.
  private let small = (0..<4096).map { UInt8(Self.computed(Double($0))) }

  /// Within what an Int64 holds.
  @inline(__always)
  func callAsFunction(_ number: Double) -> Int {
    if number >= 0 && number < 4096 {
      let whole = Int(number)
      if Double(whole) == number { return Int(small[whole]) }
    }
    return Self.computed(number)
  }

  private static func computed(_ number: Double) -> Int {
    let logarithm = log(number)
    let bucket = number > 2 ? logarithm * logarithm : number.rounded(.down)
    return Int(min(max(bucket, -0x1p62), 0x1p62))
  }

  /// Calls `body` with a bucket as text, which is how vocabularies know it.
  @inline(__always)
  static func withKey<R>(of bucket: Int, _ body: (ByteKey) -> R) -> R {
    if 0 <= bucket && bucket < 1000 {
      let (hundreds, tens, ones) = (bucket / 100, bucket / 10 % 10, bucket % 10)
      let digits = 0x30_30_30 | UInt64(truncatingIfNeeded: hundreds | tens << 8 | ones << 16)
      let count = bucket < 10 ? 1 : bucket < 100 ? 2 : 3
      return body(
        ByteKey(word: digits >> UInt64(truncatingIfNeeded: 8 * (3 - count)), count: count))
    }
    var text = String(bucket)
    return text.withUTF8 { body(ByteKey(UnsafeRawBufferPointer($0))) }
  }
}
