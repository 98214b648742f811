import Foundation

extension Metrics {
  /// Rows of about one predicted probability: what was promised, and what came.
  public struct ReliabilityBin: Sendable, Codable, Hashable {
    /// The mean predicted probability.
    public let predicted: Double
    /// The share of clicks.
    public let clicked: Double
    /// The weight of the rows.
    public let weight: Double
  }

  /// How rows are put into bins.
  package enum Binning: Sendable {
    /// Bins as wide, from 0 to 1.
    case width
    /// Bins with about as many rows: percentiles of the probabilities, interpolated linearly.
    case rows
  }

  /// The reliability curve: predicted probability against share of clicks, bin by bin. A calibrated
  /// model lies on the diagonal.
  ///
  /// - Parameters:
  ///   - probabilities: from 0 to 1.
  ///   - bins: how many; those without weight are left out.
  /// - Returns: the bins from the lowest probability to the highest; none where a probability is not
  ///   one.
  package static func reliability<Probability: BinaryFloatingPoint>(
    _ probabilities: [Probability], labels: [Float], weights: [Float]? = nil, bins: Int = 10,
    by binning: Binning = .rows
  ) -> [ReliabilityBin] {
    precondition(bins > 0 && labels.count == probabilities.count)
    guard !probabilities.isEmpty, probabilities.allSatisfy({ (0...1).contains($0) }) else {
      return []
    }
    let edges = innerEdges(probabilities, bins, binning)
    var sums = [(predicted: Double, clicks: Double, weight: Double)](
      repeating: (0, 0, 0), count: bins)
    for (row, probability) in probabilities.enumerated() {
      let weight = Double(weights?[row] ?? 1)
      // A probability on an edge belongs to the bin below it.
      let bin = firstIndex(in: edges, atLeast: Double(probability))
      sums[bin].predicted += weight * Double(probability)
      sums[bin].clicks += weight * Double(labels[row])
      sums[bin].weight += weight
    }
    return sums.filter { $0.weight > 0 }.map {
      ReliabilityBin(
        predicted: $0.predicted / $0.weight, clicked: $0.clicks / $0.weight, weight: $0.weight)
    }
  }

  /// The expected calibration error: the mean distance of a reliability curve from the diagonal, each
  /// bin by its weight; nil for no bins.
  package static func expectedCalibrationError(_ bins: [ReliabilityBin]) -> Double? {
    let weight = bins.reduce(0) { $0 + $1.weight }
    guard weight > 0 else { return nil }
    return bins.reduce(0) { $0 + $1.weight * abs($1.predicted - $1.clicked) } / weight
  }

  private static func innerEdges<Probability: BinaryFloatingPoint>(
    _ probabilities: [Probability], _ bins: Int, _ binning: Binning
  ) -> [Double] {
    let shares = (1..<bins).map { Double($0) / Double(bins) }
    guard case .rows = binning else { return shares }
    let sorted = probabilities.sorted()
    return shares.map { share in
      let place = share * Double(sorted.count - 1)
      let below = Int(place)
      let low = Double(sorted[below])
      let high = Double(sorted[min(below + 1, sorted.count - 1)])
      return low + (high - low) * (place - Double(below))
    }
  }

  /// The first of rising numbers that is at least `value`; their count if there is none.
  private static func firstIndex(in numbers: [Double], atLeast value: Double) -> Int {
    var (low, high) = (0, numbers.count)
    while low < high {
      let middle = (low + high) / 2
      if numbers[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
