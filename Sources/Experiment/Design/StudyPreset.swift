/// The hyper-parameter studies of the paper's section 3.3, and the one of k.
package enum StudyPreset: String, Sendable, Codable, CaseIterable {
  case activation
  case dropout
  case width
  case depth
  case shape
  case k

  /// The values it goes through.
  package var space: SearchSpace {
    switch self {
    case .activation: SearchSpace("activation", ["relu", "tanh"])
    case .dropout: SearchSpace("dropout", ["0", "0.1", "0.2", "0.3", "0.4", "0.5"])
    case .width: SearchSpace("hidden", ["100", "200", "400", "800"].map { "\($0),\($0),\($0)" })
    case .depth:
      SearchSpace(
        "hidden",
        [1, 3, 5, 7].map { [String](repeating: "200", count: $0).joined(separator: ",") })
    case .shape:
      SearchSpace("hidden", ["200,200,200", "100,200,300", "300,200,100", "150,300,150"])
    case .k: SearchSpace("embedding_size", ["4", "8", "10", "16", "32"])
    }
  }

  /// What it is about, as a heading.
  package var title: String {
    switch self {
    case .activation: "Activation of the hidden layers"
    case .dropout: "Dropout"
    case .width: "Neurons a layer"
    case .depth: "Number of hidden layers"
    case .shape: "Shape of the network"
    case .k: "Length k of the embedding"
    }
  }

  /// What an axis counts along which its values stand.
  var axis: String {
    switch self {
    case .width: "neurons a layer"
    case .depth: "hidden layers"
    case .activation, .dropout, .shape, .k: rawValue
    }
  }

  /// What the paper found (on Company*), in words: its figures could not be had in numbers.
  package var finding: String {
    switch self {
    case .activation: "relu is better than tanh for every deep model but IPNN"
    case .dropout:
      "the probability to keep a neuron is best between 0.6 and 0.9, for DeepFM at 0.9, that is "
        + "dropout 0.1 to 0.4"
    case .width: "more neurons help up to 200 to 400 a layer, then no longer"
    case .depth: "more layers help up to 3 to 5, then performance falls"
    case .shape:
      "constant, increasing, decreasing and diamond networks differ little, for DeepFM by less than "
        + "0.0003 AUC"
    case .k: "not studied: the paper uses k = 10"
    }
  }

  /// A value as its axis shows it.
  package func label(of value: String) -> String {
    let widths = value.split(separator: ",").map(String.init)
    switch self {
    case .width: return widths.first ?? value
    case .depth: return "\(widths.count)"
    case .shape:
      return [
        "200,200,200": "constant", "100,200,300": "increasing", "300,200,100": "decreasing",
        "150,300,150": "diamond",
      ][value] ?? value
    case .activation, .dropout, .k: return value
    }
  }
}
