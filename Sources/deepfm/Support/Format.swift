import Foundation

/// A number with `digits` decimals.
func fixed(_ value: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)f", value)
}

/// A number with `digits` decimals, or a dash where it is undefined.
func fixed(_ value: Double?, _ digits: Int) -> String {
  value.map { fixed($0, digits) } ?? "–"
}

/// A number in scientific notation with one decimal.
func scientific(_ value: Double) -> String {
  value == 0 ? "0" : String(format: "%.1e", value)
}

/// A count a second: 812, 45.1 k, 3.20 M.
func rate(_ perSecond: Double) -> String {
  switch perSecond {
  case ..<1e3: fixed(perSecond, 0)
  case ..<1e6: fixed(perSecond / 1e3, 1) + " k"
  default: fixed(perSecond / 1e6, 2) + " M"
  }
}

/// A size: 12.0 KiB, 1.5 GiB.
func bytes(_ count: Int) -> String {
  switch count {
  case ..<1024: "\(count) B"
  case ..<(1 << 20): fixed(Double(count) / 1024, 1) + " KiB"
  case ..<(1 << 30): fixed(Double(count) / 1_048_576, 1) + " MiB"
  default: fixed(Double(count) / 1_073_741_824, 1) + " GiB"
  }
}

/// A time: 3.2 s, 4:05, 1:02:03.
func duration(_ seconds: Double) -> String {
  guard seconds >= 60 else { return fixed(seconds, 1) + " s" }
  let whole = Int(seconds.rounded())
  let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
  return hours > 0
    ? String(format: "%d:%02d:%02d", hours, minutes, rest)
    : String(format: "%d:%02d", minutes, rest)
}
