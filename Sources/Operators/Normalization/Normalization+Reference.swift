extension Normalization {
  package func forward(_ pass: ReferencePass) {
    let (rows, width) = (pass.rows, shape.width)
    guard rows > 0 else { return }
    let (x, y, saved) = (pass[input], pass[output], pass[saved])
    let (means, variances) = (pass[self.mean], pass[self.variance])
    for j in 0..<width {
      let column = stride(from: j, to: rows * width, by: width)
      var (mean, variance) = (means[j], variances[j])
      if pass.isTraining {
        mean = column.reduce(0) { $0 + x[$1] } / Double(rows)
        variance = column.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) } / Double(rows)
        let unbiased = rows > 1 ? variance * Double(rows) / Double(rows - 1) : variance
        let momentum = Double(shape.momentum)
        means[j] += momentum * (mean - means[j])
        variances[j] += momentum * (unbiased - variances[j])
      }
      let inverse = 1 / (variance + Double(shape.epsilon)).squareRoot()
      if pass.isTraining { (saved[j], saved[width + j]) = (mean, inverse) }
      for place in column {
        y[place] = pass[gamma][j] * (x[place] - mean) * inverse + pass[beta][j]
      }
    }
    pass.epilogue(epilogue).apply(rows: rows, width: width, x: y, y: y)
  }

  package func backward(_ pass: ReferencePass) {
    let (rows, width) = (pass.rows, shape.width)
    let (x, dy, dx) = (pass[input], pass.gradient(of: output), pass.target(for: input))
    let (dgamma, dbeta) = (pass.gradient(of: gamma), pass.gradient(of: beta))
    pass.epilogue(epilogue).applyGradient(
      rows: rows, width: width, y: pass[output], dy: dy, dx: GradientTarget(dy))
    for j in 0..<width {
      let column = stride(from: j, to: rows * width, by: width)
      let (mean, inverse) = (pass[saved][j], pass[saved][width + j])
      dbeta[j] = column.reduce(0) { $0 + dy[$1] }
      dgamma[j] = column.reduce(0) { $0 + dy[$1] * (x[$1] - mean) * inverse }
      for place in column {
        let normalized = (x[place] - mean) * inverse
        let centred = dy[place] - (dbeta[j] + normalized * dgamma[j]) / Double(rows)
        dx.put(pass[gamma][j] * inverse * centred, at: place)
      }
    }
  }
}
