extension Normalization {
  package func forward(_ pass: ReferencePass) {
    guard pass.rows > 0 else { return }
    if pass.isTraining {
      sumMoments(pass)
      let saved = pass[saved]
      for j in 0..<shape.width {
        let moments = Moments(
          count: Double(pass.rows), mean: saved[j], distances: saved[shape.width + j])
        saved[shape.width + j] = 1 / (moments.variance + Double(shape.epsilon)).squareRoot()
        pass[mean][j] = moved(pass[mean][j], to: moments.mean)
        pass[variance][j] = moved(pass[variance][j], to: moments.unbiasedVariance)
      }
    }
    normalize(pass)
  }

  /// A running statistic, moved towards a batch's.
  func moved(_ value: Double, to batch: Double) -> Double {
    value + Double(shape.momentum) * (batch - value)
  }

  private func column(_ j: Int, _ pass: ReferencePass) -> StrideTo<Int> {
    stride(from: j, to: pass.rows * shape.width, by: shape.width)
  }

  func sumMoments(_ pass: ReferencePass) {
    guard pass.rows > 0 else { return }
    let x = pass[input]
    for j in 0..<shape.width {
      let column = column(j, pass)
      let mean = column.reduce(0) { $0 + x[$1] } / Double(pass.rows)
      pass[saved][j] = mean
      pass[saved][shape.width + j] = column.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) }
    }
  }

  func normalize(_ pass: ReferencePass) {
    let (x, y, saved) = (pass[input], pass[output], pass[saved])
    for j in 0..<shape.width {
      let mean = pass.isTraining ? saved[j] : pass[self.mean][j]
      let inverse =
        pass.isTraining
        ? saved[shape.width + j]
        : 1 / (pass[variance][j] + Double(shape.epsilon)).squareRoot()
      for place in column(j, pass) {
        y[place] = pass[gamma][j] * (x[place] - mean) * inverse + pass[beta][j]
      }
    }
    pass.epilogue(epilogue).apply(rows: pass.rows, width: shape.width, x: y, y: y)
  }

  package func backward(_ pass: ReferencePass) {
    sumGradients(pass)
    spreadGradients(pass, rows: pass.rows)
  }

  func sumGradients(_ pass: ReferencePass) {
    let (x, dy, saved) = (pass[input], pass.gradient(of: output), pass[saved])
    pass.epilogue(epilogue).applyGradient(
      rows: pass.rows, width: shape.width, y: pass[output], dy: dy, dx: GradientTarget(dy))
    for j in 0..<shape.width {
      let (mean, inverse) = (saved[j], saved[shape.width + j])
      pass.gradient(of: beta)[j] = column(j, pass).reduce(0) { $0 + dy[$1] }
      pass.gradient(of: gamma)[j] = column(j, pass).reduce(0) {
        $0 + dy[$1] * (x[$1] - mean) * inverse
      }
    }
  }

  func spreadGradients(_ pass: ReferencePass, rows: Int) {
    let (x, dy, dx) = (pass[input], pass.gradient(of: output), pass.target(for: input))
    let (dgamma, dbeta, saved) = (pass.gradient(of: gamma), pass.gradient(of: beta), pass[saved])
    for j in 0..<shape.width {
      let (mean, inverse) = (saved[j], saved[shape.width + j])
      for place in column(j, pass) {
        let normalized = (x[place] - mean) * inverse
        let centred = dy[place] - (dbeta[j] + normalized * dgamma[j]) / Double(rows)
        dx.put(pass[gamma][j] * inverse * centred, at: place)
      }
    }
  }
}
