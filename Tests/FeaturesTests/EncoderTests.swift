import Testing

@testable import Features

@Suite struct EncoderTests {
  static let log = LogSource.text(
    """
    label,user,genres,age
    1,b,x|y,1
    0,a,x,3
    1,b,,5
    0,,x|z|y,
    """)

  @Test func valuesAreRankedByCountThenBytes() throws {
    let encoder = try FeatureEncoder.fit(to: [Self.log])
    #expect(encoder.fields.map(\.field.name) == ["user", "genres", "age"])
    let user = encoder.fields[0].vocabulary
    #expect((0..<user.count).map { user[$0] } == ["b", "a"])
    let genres = encoder.fields[1].vocabulary
    #expect((0..<genres.count).map { genres[$0] } == ["x", "y", "z"])
    #expect(encoder.layout.slotFields == [0, 1, 1, 1, 2])
    #expect(encoder.layout.features == 4 + 5 + 5)
  }

  @Test func rowsBecomeIdsAndPooledValues() throws {
    let data = try FeatureEncoder.fit(to: [Self.log]).encode([Self.log])
    #expect(data.labels == [1, 0, 1, 0])
    #expect(
      data.ids == [
        2, 6, 7, -1, 11,
        3, 6, -1, -1, 12,
        2, 5, -1, -1, 13,
        1, 6, 8, 7, 10,
      ])
    let third: Float = 1.0 / 3
    #expect(
      data.values == [
        1, 0.5, 0.5, 0, 1,
        1, 1, 0, 0, 1,
        1, 1, 0, 0, 1,
        1, third, third, third, 1,
      ])
    #expect(data.statistics.map(\.missing) == [1, 1, 1])
    #expect(data.statistics.map(\.unknown) == [0, 0, 0])
  }
}
