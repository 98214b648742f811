import Arrays
import Features
import Operators
import Support

/// Vectors of a field's values that training starts from.
struct FieldVectors {
  let source: PretrainedVectors.Source
  let field: FieldEncoder
  let read: ValueVectors

  /// Reads them.
  ///
  /// - Parameter width: the numbers of a vector.
  /// - Throws: `UserError` where the file cannot be read, or has none of the field's values.
  init(_ source: PretrainedVectors.Source, of encoder: FeatureEncoder, width: Int) throws {
    self.source = source
    let field = try source.encoded(by: encoder)
    self.field = field
    let vocabulary = field.vocabulary
    read = try VectorFile.read(
      source.path, field: source.field, count: vocabulary.count, width: width
    ) { vocabulary.rank(of: $0) }
    guard read.found == 0 else { return }
    let examples = (0..<min(3, vocabulary.count)).map { quoted(vocabulary[$0]) }
    let first = read.first.map { ", the first one of \(quoted($0))" } ?? ""
    throw UserError(
      source.path,
      found: "none of the values of field \(quoted(source.field)) (\(listed(examples)))"
        + " among its \(read.inFile) vectors\(first)",
      expected: "vectors of the values as the log has them",
      remedy: "write the file with the log's values as keys")
  }

  /// What was found, in one line.
  var note: String {
    "\(source.field): \(read.found) of \(field.vocabulary.count) values have a vector in \(source.path)"
      + " (of \(read.inFile) there)"
      + (source.isFrozen ? ", frozen; the others stay zeros" : ", which they start from")
  }
}

extension Trainer {
  /// The vectors that the configuration names.
  static func vectors(
    _ configuration: TrainingConfiguration, _ encoder: FeatureEncoder
  ) throws -> [FieldVectors] {
    try (configuration.vectors?.sources ?? []).map {
      try FieldVectors($0, of: encoder, width: configuration.sizes.embeddingSize)
    }
  }

  /// How long the vectors of each field are, where not all are as long; nil in a model without vectors.
  var noteOfSizes: String? {
    let sizes = configuration.sizes.fieldSizes
    guard !sizes.isEmpty, network.graph.operations.contains(where: { $0 is ColumnMask }) else {
      return nil
    }
    let names = data.encoder.fields.map(\.field.name)
    return "embedding sizes: " + zip(names, sizes).map { "\($0) \($1)" }.joined(separator: ", ")
  }

  /// Puts the vectors into the tables that are looked up field by field, and those that stay into tables of their own.
  func takeVectors(_ vectors: [FieldVectors], _ report: (TrainingEvent) -> Void) throws {
    guard !vectors.isEmpty else { return }
    let tables = network.graph.parameters.filter {
      $0.kind == .table && ($0.name == "embedding" || $0.name.hasSuffix(".embedding"))
    }
    for table in tables {
      var values = try network.values(of: table)
      for vectors in vectors where !vectors.source.isFrozen {
        vectors.put(into: &values, row: Int(vectors.field.firstValueID))
      }
      try network.adopt([table.name: values])
    }
    for operation in network.graph.operations.compactMap({ $0 as? FrozenFields }) {
      var values = try network.values(of: operation.table)
      for vectors in vectors where vectors.source.isFrozen {
        let first = Int(vectors.field.firstID)
        let own = operation.frozen.first { $0.features.lowerBound == first }
        if let own {
          vectors.put(into: &values, row: own.row + Int(vectors.field.firstValueID) - first)
        }
      }
      try network.adopt([operation.table.name: values])
    }
    for vectors in vectors {
      report(
        tables.isEmpty
          ? .doubted(
            "\(configuration.model) has no vectors: those of \(vectors.source.field) are not used")
          : .noted(vectors.note))
    }
  }
}

extension FieldVectors {
  /// Puts the vectors that were found into rows of a table.
  ///
  /// - Parameter row: that of the field's first value.
  fileprivate func put<Scalar: BinaryFloatingPoint>(into values: inout [Scalar], row: Int) {
    let width = read.vectors.count / max(read.isFound.count, 1)
    for (rank, isFound) in read.isFound.enumerated() where isFound {
      for j in 0..<width {
        values[(row + rank) * width + j] = Scalar(read.vectors[rank * width + j])
      }
    }
  }
}
