import Protobuf

extension Event {
  /// How some numbers are spread, in 64 ranges of equal width.
  static func histogram(_ tag: String, of numbers: [Float]) -> ProtobufMessage {
    var value = ProtobufMessage()
    value.add(1, tag)
    guard let first = numbers.first else { return value }
    var (low, high, sum, squares) = (Double(first), Double(first), 0.0, 0.0)
    for number in numbers {
      let number = Double(number)
      (low, high) = (min(low, number), max(high, number))
      sum += number
      squares += number * number
    }
    let ranges = high > low ? 64 : 1
    let width = (high - low) / Double(ranges)
    var counts = [Double](repeating: 0, count: ranges)
    for number in numbers {
      let range = width > 0 ? Int((Double(number) - low) / width) : 0
      counts[min(range, ranges - 1)] += 1
    }
    var histogram = ProtobufMessage()
    histogram.add(1, double: low)
    histogram.add(2, double: high)
    histogram.add(3, double: Double(numbers.count))
    histogram.add(4, double: sum)
    histogram.add(5, double: squares)
    histogram.add(6, doubles: (1...ranges).map { $0 == ranges ? high : low + width * Double($0) })
    histogram.add(7, doubles: counts)
    value.add(5, histogram)
    return value
  }
}
