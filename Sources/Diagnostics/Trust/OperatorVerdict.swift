import Foundation
import Operators
import Support

/// What a device makes of one operator.
package struct OperatorVerdict: Codable, Sendable {
  /// The operator.
  package let name: String
  /// How many cases and sizes were tried.
  package let checks: Int
  /// The largest error, relative to the results' scale, and as a share of what is allowed.
  package let error: Double
  package let share: Double
  /// What was wrong, a line each; empty where nothing was.
  package let failures: [String]

  package var passed: Bool { failures.isEmpty }

  /// Checks an operator in this process.
  ///
  /// - Parameters:
  ///   - isQuick: whether a few small cases will do.
  ///   - precision: how far a product's factors are rounded beyond floats, relative to their size.
  package init<B: Backend>(
    of name: String, on backend: B, isQuick: Bool, precision: Double
  ) {
    let cases =
      isQuick ? OperatorTable.fewCases(of: name) : OperatorTable.cases.filter { $0.name == name }
    let results = Array(
      OperatorTable.check(
        on: backend, cases: cases, upTo: isQuick ? 31 : .max, many: !isQuick,
        precision: precision))
    self.name = name
    checks = results.count
    error = results.map(\.error).max() ?? 0
    share = results.map { $0.tolerance > 0 ? $0.error / $0.tolerance : 0 }.max() ?? 0
    failures = results.filter { !$0.passed }.map {
      "\(name) \($0.form), \($0.rows) samples: \($0.failure ?? "")"
    }
  }

  private init(of name: String, failure: String) {
    (self.name, checks, error, share) = (name, 0, .infinity, .infinity)
    failures = ["\(name): \(failure)"]
  }

  /// Checks an operator in a process of its own, so that a driver's crash or endless loop is a verdict.
  ///
  /// - Parameters:
  ///   - command: a program and its arguments that print the verdict.
  ///   - limit: how long it may take, in seconds.
  package init(of name: String, by command: [String], limit: Double) throws {
    switch try Subprocess.run(command, limit: limit) {
    case .ended(let code, let output, let messages):
      self =
        (try? JSONText.decode(OperatorVerdict.self, from: output))
        ?? OperatorVerdict(
          of: name, failure: "it failed with exit code \(code)" + ErrorLine.suffix(of: messages))
    case .crashed(let signal, let messages):
      self.init(
        of: name,
        failure: "the driver crashed (signal \(signal))" + ErrorLine.suffix(of: messages))
    case .expired:
      self.init(of: name, failure: "the driver did not answer within \(Int(limit)) s")
    }
  }
}
