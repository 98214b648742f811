import Data

/// A ``Dense`` layer on field embeddings that multiplies small fields by id: where a field has few ids,
/// the product of its vectors with its rows of W is made once for each of them, instead of once a row.
///
/// It computes what the dense layer does, but for the order of sums: Σ_f V[id_f,:] · W_f for the small fields f
/// comes from the products V_f · W_f, W_f the rows of W for field f. What dx gets in the columns of a small field
/// is right only as the sum over the rows of each id: the lookup's gradient needs no more. A plan puts it in a
/// dense layer's place where that pays, see ``Plan/multiplyFieldsByID()``.
package struct FieldDense: Operation {
  /// The dense layer.
  package internal(set) var dense: Dense
  /// V, [features × k].
  package let table: Parameter
  /// Which fields are small, and where their ids are.
  package let shape: Shape

  package var output: Value { dense.output }
  package var label: String { dense.label }
  package var inputs: [Value] { dense.inputs }
  package var parameters: [Parameter] { dense.parameters }
  package var isRandom: Bool { dense.isRandom }

  /// Nil where the layout has no fields for which this pays.
  init?(_ dense: Dense, on embedding: Embedding) {
    guard let shape = Shape(embedding.shape, outputs: dense.output.width) else { return nil }
    (self.dense, table, self.shape) = (dense, embedding.table, shape)
  }

  /// The cost of the dense layer: what there is to compute is the same.
  package func cost(rows: Int) -> (forward: Cost, backward: Cost) { dense.cost(rows: rows) }

  package func workspace(capacity: Int, training: Bool) -> [Int] {
    Workspace<Int>.sizes(shape, rows: capacity, training: training)
  }

  /// What the layer keeps, and where.
  func workspace<B: Backend>(_ pass: Pass<B>) -> Workspace<B.Buffer> {
    Workspace(pass.workspace(of: self))
  }
}

extension FieldDense {
  /// The layer's own memory: n small ids in s small fields, r columns of x of the other fields.
  struct Workspace<Buffer> {
    /// V_f · W_f of the small fields, and zeros: [outputs × (n + 1)], outputs in whole panels.
    let products: Buffer
    /// The rows of W of the other fields, [r × outputs].
    let weight: Buffer
    /// The columns of x of the other fields, [rows × r].
    let x: Buffer
    /// Where each row's small ids are in `products`, [rows × s].
    let places: Buffer
    /// Σ dz over the rows of each small id, [outputs × n].
    let sums: Buffer
    /// The derivatives by `weight` and by `x`.
    let dweight, dx: Buffer
    /// The rows of each small id, [s × rows], where they begin for each block of rows, and a block of dz.
    let order, starts, packed: Buffer

    /// - Precondition: there are as many buffers as `sizes` are. In inference those of the backward pass
    ///   have no elements.
    init(_ buffers: [Buffer]) {
      precondition(buffers.count == 10)
      (products, weight, x, places) = (buffers[0], buffers[1], buffers[2], buffers[3])
      (sums, dweight, dx) = (buffers[4], buffers[5], buffers[6])
      (order, starts, packed) = (buffers[7], buffers[8], buffers[9])
    }

    /// How many scalars each of them has.
    static func sizes(_ shape: Shape, rows: Int, training: Bool) -> [Int] {
      // Panels are 32 outputs at most.
      let outputs = (shape.outputs + 31) / 32 * 32
      let (ids, fields, others) = (shape.ids, shape.small.count, shape.otherInputs)
      let block = min(rows, Shape.block)
      return [
        outputs * (ids + 1), others * shape.outputs, rows * others, rows * fields,
      ]
        + [
          outputs * ids, others * shape.outputs, rows * others, fields * rows,
          (rows + Shape.block - 1) / Shape.block * (ids + fields), outputs * block,
        ].map { training ? $0 : 0 }
    }
  }

  /// The fields of the layer.
  package struct Shape: Sendable, Hashable {
    /// A field with few ids, each sample having one of them or none.
    package struct Field: Sendable, Hashable {
      /// Its number.
      package let number: Int
      /// The features that its ids are among.
      package let features: Range<Int>
    }

    /// How the batches' ids are laid out.
    package let layout: BatchLayout
    /// The length of an embedding vector k.
    package let width: Int
    /// The width of y.
    package let outputs: Int
    /// The small fields, ascending.
    package let small: [Field]

    /// The most ids of a small field, and of all of them together. Where there are more, their products
    /// no longer stay in a cache and summing them up costs more than multiplying: with 750 ids in 20
    /// fields a sum takes a quarter of the products' time, with 2,000 in 24 half of it.
    static let mostIDsOfField = 128
    static let mostIDs = 1024
    /// The rows that the sums over the rows of an id take at a time: their part of dz stays in a cache.
    static let block = 2048

    /// Nil where it does not pay: a tenth of the fields is small at least, or taking the columns of the
    /// others apart costs more. One field at least is left for the product.
    init?(_ lookup: Lookup, outputs: Int) {
      let layout = lookup.layout
      guard let features = layout.fieldFeatures, !layout.weighted, lookup.target == .fields
      else { return nil }
      let slots = layout.slotFields.reduce(into: [Int](repeating: 0, count: layout.fields)) {
        $0[$1] += 1
      }
      let candidates = features.indices
        .filter { slots[$0] == 1 && (1...Self.mostIDsOfField).contains(features[$0].count) }
        .sorted { (features[$0].count, $0) < (features[$1].count, $1) }
      var ids = 0
      let chosen = candidates.prefix(layout.fields - 1).prefix {
        ids += features[$0].count
        return ids <= Self.mostIDs
      }
      guard !chosen.isEmpty, chosen.count * 10 >= layout.fields else { return nil }
      (self.layout, width, self.outputs) = (layout, lookup.width, outputs)
      small = chosen.sorted().map { Field(number: $0, features: features[$0]) }
    }

    /// The shape of W.
    package var dense: Dense.Shape { Dense.Shape(inputs: layout.fields * width, outputs: outputs) }
    /// The ids of the small fields.
    package var ids: Int { small.reduce(0) { $0 + $1.features.count } }
    /// The columns of x of the other fields.
    package var otherInputs: Int { (layout.fields - small.count) * width }
    /// The fewest rows for which it pays in training, where the products are made for every batch:
    /// a few times the ids of a field, on average.
    package var fewestRows: Int { 4 * ids / small.count }
  }
}

extension FieldDense {
  /// A dense layer's.
  package func forward(_ pass: ReferencePass) { dense.forward(pass) }

  /// A dense layer's, row by row.
  package func backward(_ pass: ReferencePass) { dense.backward(pass) }
}
