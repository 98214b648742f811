import Operators

extension MatrixProducts.Policy {
  /// How far a factor is rounded beyond floats, relative to its size; 0 where it is not.
  package var precision: Double {
    switch self {
    case .auto, .own, .clblast, .bfloat16x3: 0
    case .tf32: 0x1p-11
    case .tf32x3: 0x1p-21
    case .bfloat16: 0x1p-8
    case .bfloat16x2: 0x1p-16
    }
  }
}
