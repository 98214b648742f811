/// The OpenCL C sources of `Kernels/`, embedded into the binary so that it can be moved anywhere.
public enum KernelSource: String, CaseIterable, Sendable {
  /// Vectors, and sums over chunks: what every family needs.
  case vector
  /// Counter-based random numbers.
  case philox
  /// Activation and dropout, fused into other kernels.
  case epilogue
  /// Which elements are dropped.
  case dropout
  /// Matrix products.
  case gemm
  /// Matrix products of factors in bfloat16.
  case bfloat16
  /// Matrix products of work-groups with local memory.
  case tiles
  /// The rest of a dense layer.
  case dense
  /// A dense layer on field embeddings, its small fields by id.
  case fieldDense = "field_dense"
  /// Activation and sums by themselves.
  case elementwise
  /// Lookups and their gradient.
  case embedding
  /// The distinct ids of a batch.
  case grouping
  /// The factorization machine's pairwise term.
  case interaction
  /// Products of field embeddings and of activations.
  case product
  /// Batch normalisation.
  case normalization
  /// Cross-entropy.
  case loss
  /// An optimizer's step on a vector.
  case step
  /// Optimizers.
  case optimizer
  /// Gradients of tables summed by the owners of ids, and their updates.
  case owned
  /// The same in two halves, and the update of whole tables.
  case tableStep = "table_step"
  /// The factorization machine as a whole.
  case machine
  /// Updates that look at a table's rows as wholes.
  case recipe
  /// The gradients' norm.
  case norm
  /// What a device can do at best.
  case ceiling

  /// The file's name.
  public var fileName: String { "\(rawValue).cl" }

  /// The file's text.
  public var text: String {
    let bytes =
      switch self {
      case .vector: PackageResources.vector_cl
      case .philox: PackageResources.philox_cl
      case .epilogue: PackageResources.epilogue_cl
      case .dropout: PackageResources.dropout_cl
      case .gemm: PackageResources.gemm_cl
      case .bfloat16: PackageResources.bfloat16_cl
      case .tiles: PackageResources.tiles_cl
      case .dense: PackageResources.dense_cl
      case .fieldDense: PackageResources.field_dense_cl
      case .elementwise: PackageResources.elementwise_cl
      case .embedding: PackageResources.embedding_cl
      case .grouping: PackageResources.grouping_cl
      case .interaction: PackageResources.interaction_cl
      case .product: PackageResources.product_cl
      case .normalization: PackageResources.normalization_cl
      case .loss: PackageResources.loss_cl
      case .step: PackageResources.step_cl
      case .optimizer: PackageResources.optimizer_cl
      case .owned: PackageResources.owned_cl
      case .tableStep: PackageResources.table_step_cl
      case .machine: PackageResources.machine_cl
      case .recipe: PackageResources.recipe_cl
      case .norm: PackageResources.norm_cl
      case .ceiling: PackageResources.ceiling_cl
      }
    return String(decoding: bytes, as: UTF8.self)
  }
}
