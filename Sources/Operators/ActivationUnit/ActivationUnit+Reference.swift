import Data

extension ActivationUnit {
  package func forward(_ pass: ReferencePass) {
    let (x, hidden) = (pass.workspace(of: self)[0], pass.workspace(of: self)[1])
    for b in 0..<pass.rows {
      let q = vector(list.target, b, pass)
      for (place, v) in values(b, pass).enumerated() {
        let parts = q + v + zip(q, v).map { $0 - $1 } + zip(q, v).map { $0 * $1 }
        let row = b * list.slots.count + place
        for (i, value) in parts.enumerated() { x[row * parts.count + i] = value }
        pass[output][row] = pass[bias][0]
        for unit in 0..<Self.units {
          let sum = parts.indices.reduce(pass[hiddenBias][unit]) {
            $0 + parts[$1] * pass[hiddenWeight][$1 * Self.units + unit]
          }
          hidden[row * Self.units + unit] = max(sum, 0)
          pass[output][row] += max(sum, 0) * pass[weight][unit]
        }
      }
    }
  }

  package func backward(_ pass: ReferencePass) {
    let kept = pass.workspace(of: self)
    let (x, hidden, da) = (kept[0], kept[1], pass.gradient(of: output))
    let gradients = parameters.map { pass.gradient(of: $0) }
    for (parameter, gradient) in zip(parameters, gradients) {
      for place in 0..<parameter.count { gradient[place] = 0 }
    }
    let (dh, inputs) = (pass.target(for: vectors), self.hidden.inputs)
    for b in 0..<pass.rows {
      var slopes = [Double](repeating: 0, count: vectors.width)
      let (q, n, values) = (vector(list.target, b, pass), count(pass, b), values(b, pass))
      for (place, v) in values.enumerated() {
        let row = b * list.slots.count + place
        gradients[3][0] += da[row]
        var dx = [Double](repeating: 0, count: inputs)
        for unit in 0..<Self.units {
          let active = hidden[row * Self.units + unit]
          gradients[2][unit] += da[row] * active
          guard active > 0 else { continue }
          let dz = da[row] * pass[weight][unit]
          gradients[1][unit] += dz
          for i in 0..<inputs {
            gradients[0][i * Self.units + unit] += dz * x[row * inputs + i]
            dx[i] += dz * pass[hiddenWeight][i * Self.units + unit]
          }
        }
        for j in 0..<width {
          let (own, value) = (dx[j], dx[width + j])
          let (difference, product) = (dx[2 * width + j], dx[3 * width + j])
          slopes[list.target * width + j] += own + difference + product * v[j]
          slopes[(list.slots.lowerBound + place) * width + j] +=
            n * (value - difference + product * q[j])
        }
      }
      for (place, slope) in slopes.enumerated() { dh.put(slope, at: b * vectors.width + place) }
    }
  }

  /// n of a row.
  private func count(_ pass: ReferencePass, _ row: Int) -> Double {
    let ids = pass.input.batch.ids
    return Double(list.slots.count { ids[row * layout.slots + $0] != Batch.absent })
  }

  /// The vectors v of a row.
  private func values(_ row: Int, _ pass: ReferencePass) -> [[Double]] {
    let count = count(pass, row)
    return list.slots.map { slot in vector(slot, row, pass).map { $0 * count } }
  }

  private func vector(_ slot: Int, _ row: Int, _ pass: ReferencePass) -> [Double] {
    let first = row * vectors.width + slot * width
    return (first..<first + width).map { pass[vectors][$0] }
  }
}
