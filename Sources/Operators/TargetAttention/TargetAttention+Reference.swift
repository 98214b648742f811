import Data
import Foundation

extension TargetAttention {
  package func forward(_ pass: ReferencePass) {
    let (h, y, weights) = (pass[vectors], pass[output], pass.workspace(of: self)[0])
    let sums = others.joined().map { (field: $0, slots: slots(of: $0..<$0 + 1)) }
    for b in 0..<pass.rows {
      for (field, slots) in sums {
        for j in 0..<width {
          y[b * output.width + field * width + j] = slots.reduce(0) {
            $0 + h[b * vectors.width + $1 * width + j]
          }
        }
      }
      for history in histories {
        let present = present(history, b, pass.input.batch)
        let values = present.map { s in vector(s, b, h).map { $0 * Double(present.count) } }
        let a =
          history.weights.map { weights in present.map { pass[weights][place(of: $0, history, b)] }
          }
          ?? softmax(vector(history.target, b, h), values)
        for (place, s) in present.enumerated() { weights[b * layout.slots + s] = a[place] }
        for j in 0..<width {
          y[b * output.width + history.number * width + j] = zip(a, values).reduce(0) {
            $0 + $1.0 * $1.1[j]
          }
        }
      }
    }
  }

  package func backward(_ pass: ReferencePass) {
    let (h, dy, dh) = (pass[vectors], pass.gradient(of: output), pass.target(for: vectors))
    let weights = pass.workspace(of: self)[0]
    let summed = others.flatMap { slots(of: $0) }
    let targets = histories.reduce(into: [Field: GradientTarget<ReferenceBuffer>]()) {
      $0[$1] = $1.weights.map { pass.target(for: $0) }
    }
    for b in 0..<pass.rows {
      var gradient = [Double](repeating: 0, count: vectors.width)
      for s in summed {
        let from = b * output.width + layout.slotFields[s] * width
        for j in 0..<width { gradient[s * width + j] = dy[from + j] }
      }
      for history in histories {
        let present = present(history, b, pass.input.batch)
        let n = Double(present.count)
        let slopes = targets[history]
        var given: [Int: Double] = [:]
        let (q, own) = (vector(history.target, b, h), vector(history.number, b, dy, output.width))
        let values = present.map { s in vector(s, b, h).map { $0 * n } }
        let a = present.map { weights[b * layout.slots + $0] }
        let t = values.map { dot(own, $0) }
        if let slopes {
          for (place, s) in present.enumerated() {
            for j in 0..<width { gradient[s * width + j] += n * a[place] * own[j] }
            given[s] = t[place]
          }
          for s in history.slots { slopes.put(given[s, default: 0], at: place(of: s, history, b)) }
          continue
        }
        let mean = zip(a, t).reduce(0) { $0 + $1.0 * $1.1 }
        for (place, s) in present.enumerated() {
          let e = a[place] * (t[place] - mean) / Double(width).squareRoot()
          for j in 0..<width {
            gradient[s * width + j] += n * (a[place] * own[j] + e * q[j])
            gradient[history.target * width + j] += e * values[place][j]
          }
        }
      }
      for (place, value) in gradient.enumerated() { dh.put(value, at: b * vectors.width + place) }
    }
  }

  /// The slots of a history that are not empty.
  private func present(_ history: Field, _ row: Int, _ batch: Batch) -> [Int] {
    history.slots.filter { batch.ids[row * layout.slots + $0] != Batch.absent }
  }

  /// softmax(⟨q, V_s⟩/√k).
  private func softmax(_ q: [Double], _ values: [[Double]]) -> [Double] {
    let scores = values.map { dot(q, $0) / Double(width).squareRoot() }
    let most = scores.max() ?? 0
    let powers = scores.map { exp($0 - most) }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  /// Where a slot's weight is among those that are given.
  private func place(of slot: Int, _ history: Field, _ row: Int) -> Int {
    row * history.slots.count + slot - history.slots.lowerBound
  }

  /// A vector of a row.
  private func vector(
    _ place: Int, _ row: Int, _ values: ReferenceBuffer, _ rowWidth: Int? = nil
  ) -> [Double] {
    let first = row * (rowWidth ?? vectors.width) + place * width
    return (first..<first + width).map { values[$0] }
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
