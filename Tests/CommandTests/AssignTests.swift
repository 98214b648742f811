import Foundation
import Testing

/// `ab assign`: units with their arms.
@Suite struct AssignTests {
  @Test func `units with commas, quotes and line breaks are read back`() throws {
    try withFolder { folder in
      let units = ["unit,arm", "\"a\nb\",", "\"x,\u{301}y\",", "\"\"\"\u{301}\",", "plain,"]
      try Data(units.map { $0 + "\n" }.joined().utf8).write(to: folder.appending(path: "log.csv"))
      let assigned = try Command.shell(
        """
        "$deepfm" ab assign log.csv --unit unit --seed s > once.csv &&
          "$deepfm" ab assign once.csv --unit unit --seed s > twice.csv && cmp once.csv twice.csv && cat once.csv
        """, in: folder)
      #expect(assigned.status == 0, "\(assigned.errors)")
      let lines = assigned.output.replacing(#/,[AB]\n/#, with: ",\n")
      #expect(lines == units.map { $0 + "\n" }.joined())
    }
  }
}
