import Operators

extension OperatorTable {
  /// A few cases of an operator, spread over its forms.
  package static func fewCases(of name: String) -> [OperatorCase] {
    let cases = cases.filter { $0.name == name }
    return stride(from: 0, to: cases.count, by: max(cases.count / 4, 1)).map { cases[$0] }
  }
}
