import Features

/// What a model wants to know of a candidate, as it is written in the log.
struct ModelInputs {
  /// Where a column's value comes from.
  private enum Origin {
    case request(Int)
    case item(Int)
    case cross(CrossedColumns)
    /// The first place, where a score is asked for.
    case place
  }

  let names: [String]
  private let origins: [Origin]

  init(_ encoder: FeatureEncoder) {
    var (names, origins) = ([String](), [Origin]())
    for name in encoder.inputs.map(\.name) {
      names.append(name)
      if let column = MarketColumn.allCases.first(where: { $0.name == name }) {
        let place = column.rawValue - MarketColumn.item.rawValue
        origins.append(place < 0 ? .request(column.rawValue) : .item(place))
      } else if let cross = MarketColumn.crosses.first(where: { $0.name == name }) {
        origins.append(.cross(cross))
      } else {
        precondition(name == "position", "a column of the market's log")
        origins.append(.place)
      }
    }
    (self.names, self.origins) = (names, origins)
  }

  /// The places of the columns that all candidates of a request have in common, and of the others.
  var shared: [Int] {
    origins.indices.filter {
      switch origins[$0] {
      case .request, .place: true
      case .item, .cross: false
      }
    }
  }

  var own: [Int] { origins.indices.filter { !shared.contains($0) } }

  func text(_ index: Int, _ request: [Int], _ item: [Int]) -> String {
    switch origins[index] {
    case .request(let place): MarketColumn.ofRequest[place].text(request[place])
    case .item(let place): MarketColumn.ofItem[place].text(item[place])
    case .cross(let cross): cross.text(request[cross.request.rawValue], item[cross.itemPlace])
    case .place: "1"
    }
  }
}

extension CrossedColumns {
  var itemPlace: Int { item.rawValue - MarketColumn.item.rawValue }
}
