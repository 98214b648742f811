import Support

/// Which part of a unit's rows a record adds up.
struct UnitSlice: Hashable, Comparable {
  let rawValue: UInt32

  /// The rows of a day, numbered from 1970; day 0 where the log has no time.
  static func day(_ number: Int) -> UnitSlice { UnitSlice(kind: 0, number) }
  /// The rows from before the test.
  static let before = UnitSlice(kind: 1, 0)
  /// The rows of a segment, numbered over all columns.
  static func segment(_ number: Int) -> UnitSlice { UnitSlice(kind: 2, number) }

  init(rawValue: UInt32) { self.rawValue = rawValue }
  private init(kind: UInt32, _ number: Int) {
    rawValue = kind << 24 | UInt32(truncatingIfNeeded: number)
  }

  /// The most numbers of a kind.
  static let limit = 1 << 24

  var number: Int { Int(rawValue & 0xFF_FFFF) }
  var isDay: Bool { rawValue >> 24 == 0 }
  var isSegment: Bool { rawValue >> 24 == 2 }

  static func < (a: UnitSlice, b: UnitSlice) -> Bool { a.rawValue < b.rawValue }
}

/// The arm of a unit in a record.
struct UnitArm: Hashable {
  let rawValue: UInt16

  /// Rows from before the test have no arm.
  static let none = UnitArm(rawValue: 0xFFFE)
  /// Rows of several arms: something is wrong with the assignment.
  static let mixed = UnitArm(rawValue: 0xFFFF)
  static let limit = 0xFFFE

  /// That of two records together.
  @inline(__always)
  func joined(_ other: UnitArm) -> UnitArm {
    if self == other || other == .none { return self }
    return self == .none ? other : .mixed
  }
}

/// The layout of a record: unit (8 bytes), slice (4), arm (2), two bytes of nothing, and a sum for each
/// measure (8 each).
struct UnitRecord {
  let base: UnsafeMutableRawPointer

  static func size(measures: Int) -> Int { 16 + 8 * measures }

  /// The XXH64 of the unit's name: among a hundred million units two share one with a chance of 1 in 3,700.
  @inline(__always) var unit: UInt64 { base.load(as: UInt64.self) }
  @inline(__always) var slice: UnitSlice {
    UnitSlice(rawValue: base.load(fromByteOffset: 8, as: UInt32.self))
  }
  @inline(__always) var arm: UnitArm {
    get { UnitArm(rawValue: base.load(fromByteOffset: 12, as: UInt16.self)) }
    nonmutating set { base.storeBytes(of: newValue.rawValue, toByteOffset: 12, as: UInt16.self) }
  }
  @inline(__always) var sums: UnsafeMutablePointer<Double> {
    (base + 16).assumingMemoryBound(to: Double.self)
  }

  @inline(__always)
  func set(_ unit: UInt64, _ slice: UnitSlice, _ arm: UnitArm) {
    base.storeBytes(of: unit, as: UInt64.self)
    base.storeBytes(of: slice.rawValue, toByteOffset: 8, as: UInt32.self)
    base.storeBytes(of: UInt32(arm.rawValue), toByteOffset: 12, as: UInt32.self)
  }

  /// Adds another record of the same unit and slice.
  @inline(__always)
  func add(_ other: UnitRecord, measures: Int) {
    arm = arm.joined(other.arm)
    let (mine, theirs) = (sums, other.sums)
    for measure in 0..<measures { mine[measure] += theirs[measure] }
  }

  @inline(__always)
  func isSame(as other: UnitRecord) -> Bool { unit == other.unit && slice == other.slice }

  @inline(__always)
  func precedes(_ other: UnitRecord) -> Bool {
    (unit, slice.rawValue) < (other.unit, other.slice.rawValue)
  }
}
