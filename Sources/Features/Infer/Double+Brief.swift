import Glibc

extension Double {
  /// The number for a person: whole, or rounded to four digits.
  package var inBrief: String {
    if abs(self) < 1e15 && self == rounded() { return "\(Int(self))" }
    guard isFinite else { return "\(self)" }
    let decimals = 3 - Int(floor(log10(abs(self))))
    let unit = pow(10, Double(abs(decimals)))
    let brief = decimals > 0 ? (self * unit).rounded() / unit : (self / unit).rounded() * unit
    return brief == brief.rounded() && abs(brief) < 1e15 ? "\(Int(brief))" : "\(brief)"
  }
}
