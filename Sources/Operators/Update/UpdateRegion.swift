import OpenCL

/// Which rows of a table's gradient are kept.
package enum TableRegion: Sendable, Hashable {
  /// Those of the batch's distinct ids, one after the other.
  case touched
  /// All.
  case whole
}

/// How much of a parameter an update works on: all of it, or the rows of the batch's distinct ids, of which the
/// gradient has one each, in their order.
struct UpdateRegion: Sendable {
  let parameter: Parameter
  let region: TableRegion
  /// The ids of a sample.
  let slots: Int

  /// The most scalars that the gradient has.
  func gradientCount(capacity: Int) -> Int {
    region == .whole
      ? parameter.count : min(parameter.rows, capacity * slots) * parameter.columns
  }

  /// The memory of the gradient.
  func gradient(capacity: Int) -> Reservation {
    Reservation(
      .gradient(of: parameter), parameter.name, .gradients,
      count: gradientCount(capacity: capacity))
  }

  var section: String { Section.update(parameter) }
}

extension UpdateRegion {
  /// Visits each row: its number in the parameter, and that in the parameter's gradient.
  func forEachRow(_ pass: ReferencePass, _ body: (_ row: Int, _ place: Int) -> Void) {
    switch region {
    case .whole: for row in 0..<parameter.rows { body(row, row) }
    case .touched:
      for (place, id) in pass.input.unique.ids.enumerated() { body(Int(id), place) }
    }
  }

  /// ‖g‖².
  func squares(_ pass: ReferencePass, of gradient: ReferenceBuffer) -> Double {
    var sum = 0.0
    forEachRow(pass) { _, place in
      for g in gradient.row(place, width: parameter.columns) { sum += g * g }
    }
    return sum
  }
}

/// What an update covers, as kernels take it: rows of a width, all or those of the batch's distinct ids, of which
/// there are at most `rows`.
struct UpdateArguments {
  let rows: Int
  let width: Int
  let isTouched: Int
  let distinct: Buffer<Int32>
  let ids: Buffer<Int32>

  /// - Parameter keepsRows: whether the rows of a whole parameter are apart, or one long row.
  init(_ target: UpdateRegion, _ pass: DevicePass, keepsRows: Bool = false) {
    let parameter = target.parameter
    switch target.region {
    case .whole:
      rows = keepsRows ? parameter.rows : 1
      width = keepsRows ? parameter.columns : parameter.count
      isTouched = 0
      (distinct, ids) = (pass.backend.noIntegers, pass.backend.noIntegers)
    case .touched:
      let unique = pass.input.unique
      (rows, width, isTouched) = (pass.input.mostDistinct, parameter.columns, 1)
      (distinct, ids) = (unique.count, unique.ids)
    }
  }
}
