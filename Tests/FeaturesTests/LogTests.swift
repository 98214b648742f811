import Foundation
import Support
import Testing

@testable import Datasets
@testable import Features
@testable import Synthetic

@Suite struct LogTests {
  @Test func `a synthetic row depends on seed and number only`() {
    let log = SyntheticLog(seed: 4)
    #expect(log.row(12_345) == SyntheticLog(seed: 4).row(12_345))
    #expect(log.row(1) != SyntheticLog(seed: 5).row(1))
    let halves = [0..<50, 50..<100].map {
      log.csv(rows: $0).text.split(separator: "\n").dropFirst()
    }
    let whole = log.csv(rows: 0..<100).text.split(separator: "\n").dropFirst()
    #expect(halves.flatMap { $0 }.elementsEqual(whole))
  }

  @Test func `clicks follow their probabilities`() {
    let rows = (0..<20_000).map(SyntheticLog(seed: 2).row)
    for bin in 0..<5 {
      let inBin = rows.filter { Int($0.probability * 5) == bin }
      let expected = inBin.reduce(0) { $0 + $1.probability }
      let clicks = inBin.reduce(0) { $0 + ($1.isClick ? 1 : 0) }
      let deviation = inBin.reduce(0) { $0 + $1.probability * (1 - $1.probability) }.squareRoot()
      #expect(inBin.count > 500 && abs(Double(clicks) - expected) < 5 * deviation)
    }
  }

  @Test func `ids follow Zipf`() {
    let log = SyntheticLog(fields: [.init("a", 100)], zipf: 1)
    var counts = [Int](repeating: 0, count: 100)
    for row in 0..<20_000 { counts[log.row(row).values[0]] += 1 }
    let harmonic = (1...100).reduce(0.0) { $0 + 1 / Double($1) }
    for rank in [1, 2, 5, 20] {
      let expected = 20_000 / harmonic / Double(rank)
      #expect(abs(Double(counts[rank - 1]) - expected) < 5 * expected.squareRoot())
    }
  }

  @Test func `a synthetic log needs no schema`() throws {
    let log = SyntheticLog().source(rows: 0..<1_000)
    let data = try FeatureEncoder.fit(to: [log]).encode([log])
    #expect(data.rows == 1_000 && data.layout.fields == 5)
  }

  @Test func `a log is written whole or not at all`() throws {
    try withTemporaryFolder { folder in
      let csv = SyntheticLog().csv(rows: 0..<100)
      try csv.write(to: "\(folder)/a.csv")
      #expect(try String(contentsOfFile: "\(folder)/a.csv", encoding: .utf8) == csv.text)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.csv"])
      #expect(
        message { try csv.write(to: "\(folder)/no/a.csv") }
          == "\(folder)/no/a.csv: found no such file or directory, expected a file that can be "
          + "written; check the folder, its permissions and the disk's space")
    }
  }

  static let tables = [
    "inter":
      "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t7\t4\t0\n2\t8\t3\t0\n",
    "user":
      "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n"
      + "1\t24\tM\twriter\t85711\n2\t53\tF\tother\t94043\n",
    "item":
      "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
      + "7\tToy Story\t1995\tAnimation Children's Comedy\n8\tIt\t1999\tHorror\n",
  ]

  func join(_ changes: [String: String] = [:]) throws -> String {
    try withTemporaryFolder { folder in
      for (name, text) in Self.tables {
        try (changes[name] ?? text).write(
          toFile: "\(folder)/ml-100k.\(name)", atomically: false, encoding: .utf8)
      }
      do {
        return try MovieLens100K.join(folder: folder).text
      } catch let error as UserError {
        return error.description.replacingOccurrences(of: folder + "/", with: "")
      }
    }
  }

  @Test func `MovieLens tables are joined`() throws {
    #expect(
      try join() == """
        label,user,item,age,gender,occupation,zip,year,genres
        1,1,7,24,M,writer,85711,1995,Animation|Children's|Comedy
        0,2,8,53,F,other,94043,1999,Horror

        """)
  }

  @Test func `MovieLens tables that do not fit are refused`() throws {
    #expect(
      try join(["inter": Self.tables["inter"]! + "3\t7\t4\t0\n"])
        == "ml-100k.inter:4:1: found user \"3\", expected one of its table; fetch the three files "
        + "again")
    #expect(
      try join(["user": "user_id:token\tage:token\n1\t24\n"])
        == "ml-100k.user:1: found columns user_id, age, expected a column \"gender\"; add it, or "
        + "name another one")
  }
}
