/// A named text of OpenCL C.
///
/// Lines `#include "vector.cl"` name sources of this library that are compiled with it.
public struct KernelSource: Sendable, ExpressibleByStringLiteral {
  /// The file's name without `.cl`; no two sources have the same.
  public let name: String
  /// The text, where it is not this library's.
  private let own: String?

  /// The text.
  ///
  /// - Precondition: `Kernels/` has it, where only a name was given.
  public var text: String {
    if let own { return own }
    guard let source = Self.embedded[name] else {
      preconditionFailure("there is no Kernels/\(name).cl")
    }
    return source.text
  }

  /// A source of a program's own.
  ///
  /// - Parameters:
  ///   - name: not that of a source of this library.
  ///   - text: OpenCL C 1.2.
  public init(name: String, text: String) {
    (self.name, own) = (name, text)
  }

  /// The source of this library that is called so: no more than its name, since each launch has one.
  ///
  /// - Precondition: `Kernels/` has it.
  public init(stringLiteral name: String) { (self.name, own) = (name, nil) }

  /// The sources to compile, one after the other, each once: what this one includes, then itself.
  ///
  /// - Parameter others: what may be included beside the sources of this library.
  package func compiled(with others: [KernelSource] = []) -> [KernelSource] {
    var found: [KernelSource] = []
    collect(into: &found, others)
    return found
  }

  private func collect(into found: inout [KernelSource], _ others: [KernelSource]) {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where line.hasPrefix("#include \"") {
      let name = String(line.dropFirst(10).prefix { $0 != "." })
      if !found.contains(where: { $0.name == name }) {
        let source = others.first { $0.name == name } ?? KernelSource(stringLiteral: name)
        source.collect(into: &found, others)
      }
      // Compilers count lines from the file's top.
      lines[index] = ""
    }
    found.append(KernelSource(name: name, text: lines.joined(separator: "\n")))
  }

  /// The files of the folders beside this one, embedded into the binary so that it can be moved anywhere.
  package static let embedded: [String: KernelSource] = [
    "activation": PackageResources.activation_cl,
    "activation_unit": PackageResources.activation_unit_cl,
    "bilinear": PackageResources.bilinear_cl,
    "clip_rows": PackageResources.clip_rows_cl,
    "columns": PackageResources.columns_cl,
    "cross_entropy": PackageResources.cross_entropy_cl,
    "cross_entropy_gpu": PackageResources.cross_entropy_gpu_cl,
    "dense": PackageResources.dense_cl,
    "dense_gpu": PackageResources.dense_gpu_cl,
    "dropout": PackageResources.dropout_cl,
    "embedding": PackageResources.embedding_cl,
    "embedding_gpu": PackageResources.embedding_gpu_cl,
    "embedding_update": PackageResources.embedding_update_cl,
    "embedding_update_two_pass": PackageResources.embedding_update_two_pass_cl,
    "entries": PackageResources.entries_cl,
    "entries_gpu": PackageResources.entries_gpu_cl,
    "epilogue": PackageResources.epilogue_cl,
    "field_dense": PackageResources.field_dense_cl,
    "field_gate": PackageResources.field_gate_cl,
    "field_mixing": PackageResources.field_mixing_cl,
    "field_sum": PackageResources.field_sum_cl,
    "fm_fused": PackageResources.fm_fused_cl,
    "fm_fused_update": PackageResources.fm_fused_update_cl,
    "frozen_fields": PackageResources.frozen_fields_cl,
    "gemm_bf16": PackageResources.gemm_bf16_cl,
    "gemm_cpu": PackageResources.gemm_cpu_cl,
    "gemm_gpu": PackageResources.gemm_gpu_cl,
    "grad_norm": PackageResources.grad_norm_cl,
    "halves_product": PackageResources.halves_product_cl,
    "imitation": PackageResources.imitation_cl,
    "inner_product": PackageResources.inner_product_cl,
    "integers": PackageResources.integers_cl,
    "interaction": PackageResources.interaction_cl,
    "interaction_gpu": PackageResources.interaction_gpu_cl,
    "kept_rows": PackageResources.kept_rows_cl,
    "layer_normalization": PackageResources.layer_normalization_cl,
    "list": PackageResources.list_cl,
    "multiply": PackageResources.multiply_cl,
    "normalization": PackageResources.normalization_cl,
    "normalization_gpu": PackageResources.normalization_gpu_cl,
    "optimizer": PackageResources.optimizer_cl,
    "optimizer_gpu": PackageResources.optimizer_gpu_cl,
    "optimizer_step": PackageResources.optimizer_step_cl,
    "optimizer_table": PackageResources.optimizer_table_cl,
    "outer_product": PackageResources.outer_product_cl,
    "pair_products": PackageResources.pair_products_cl,
    "penalize": PackageResources.penalize_cl,
    "philox": PackageResources.philox_cl,
    "roofline": PackageResources.roofline_cl,
    "row_scale": PackageResources.row_scale_cl,
    "scale": PackageResources.scale_cl,
    "self_ensemble": PackageResources.self_ensemble_cl,
    "slot_partition": PackageResources.slot_partition_cl,
    "sum": PackageResources.sum_cl,
    "target_attention": PackageResources.target_attention_cl,
    "team": PackageResources.team_cl,
    "tensor_cores": PackageResources.tensor_cores_cl,
    "tile_factors": PackageResources.tile_factors_cl,
    "unique_ids": PackageResources.unique_ids_cl,
    "unique_ids_gpu": PackageResources.unique_ids_gpu_cl,
    "travelling_rows": PackageResources.travelling_rows_cl,
    "update_place": PackageResources.update_place_cl,
    "update_rest": PackageResources.update_rest_cl,
    "vector": PackageResources.vector_cl,
  ].reduce(into: [:]) { sources, file in
    sources[file.key] = KernelSource(
      name: file.key, text: String(decoding: file.value, as: UTF8.self))
  }
}
