import Features
import Operators
import Support
import Training

/// Models that FuxiCTR and DeepCTR-Torch have trained.
package enum CheckpointImport {
  /// Reads a checkpoint, told by the names of its tensors.
  ///
  /// - Parameters:
  ///   - path: what `torch.save` wrote of the model's state.
  ///   - features: FuxiCTR's folder of features; of DeepCTR-Torch a JSON file of vocabularies, nil for none.
  ///   - model: the name of the model here; nil to tell from the layers, where they do.
  ///   - schema: what is known of logs; its label counts more than the checkpoint's.
  ///   - activation: of the hidden layers.
  /// - Returns: the model, and what is to be known of it.
  /// - Throws: `UserError` for what cannot be read, and for models whose shapes no model here has.
  package static func model(
    _ path: String, features: String?, as model: String?, schema: Schema, activation: Activation
  ) throws -> (model: TrainedModel, notes: [String]) {
    let checkpoint = try Checkpoint(path)
    var schema = schema
    let imported: ImportedModel
    if FuxiCTRCheckpoint.isOne(checkpoint.names) {
      guard let features else {
        throw UserError(
          path, found: "a checkpoint of FuxiCTR", expected: "the files of its features beside it",
          remedy: "name their folder: --features data/DATASET_ID")
      }
      let found = try FuxiCTRCheckpoint.read(checkpoint, features: features, as: model)
      imported = found.model
      if schema.label == nil { schema.label = found.label.map { Schema.Label(column: $0) } }
    } else if DeepCTRCheckpoint.isOne(checkpoint.names) {
      guard let model else {
        throw UserError(
          path,
          found: "a checkpoint of DeepCTR-Torch, which does not tell whether FM is part of it",
          expected: "the model", remedy: "name it: --model deepfm-d, fm, lr or lr-dnn")
      }
      imported = try DeepCTRCheckpoint.read(checkpoint, vocabularies: features, as: model)
    } else {
      throw UserError(
        path, found: "the tensors \(listed(Array(checkpoint.names.prefix(4))))",
        expected: "a model of FuxiCTR or DeepCTR-Torch",
        remedy: "save its state: torch.save(model.state_dict(), FILE)")
    }
    if schema.label == nil { schema.label = "label" }
    let trained = try imported.trained(schema: schema, activation: activation, path: path)
    return (trained, imported.notes)
  }
}
