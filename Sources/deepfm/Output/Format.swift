import Reports

// The names under which commands write numbers into their tables.

/// A number with `digits` decimals.
func fixed(_ value: Double, _ digits: Int) -> String { Numbers.fixed(value, digits) }

/// A number with `digits` decimals, or a dash where it is undefined.
func fixed(_ value: Double?, _ digits: Int) -> String { value.map { fixed($0, digits) } ?? "–" }

/// A number in scientific notation with one decimal.
func scientific(_ value: Double) -> String { Numbers.scientific(value) }

/// A share of 1 in per cent.
func percent(_ share: Double, _ digits: Int) -> String { Numbers.percent(share, digits) }

/// A count a second: 812, 45.1 k, 3.20 M.
func rate(_ perSecond: Double) -> String { Numbers.rate(perSecond) }

/// A size: 12.0 KiB, 1.5 GiB.
func bytes(_ count: Int) -> String { Numbers.bytes(count) }

/// A time: 0.140 s, 3.20 s, 16.6 s, 4:05 min, 1:02:03 h.
func duration(_ seconds: Double) -> String { Numbers.duration(seconds) }
