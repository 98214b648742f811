import Foundation
import Protobuf
import Training

/// What TensorBoard's table of hyper-parameters is made of: the settings at a run's start, and its end. Columns and
/// ranges it works out of all runs in a folder by itself.
extension Event {
  /// The settings of a run.
  static func settings(_ configuration: TrainingConfiguration, at time: Date) -> ProtobufMessage {
    var start = ProtobufMessage()
    for setting in configuration.texts.sorted(by: { $0.key < $1.key }) {
      var (value, entry) = (ProtobufMessage(), ProtobufMessage())
      if let number = Double(setting.value) {
        value.add(2, double: number)
      } else if let truth = Bool(setting.value) {
        value.add(4, truth ? 1 : 0)
      } else {
        value.add(3, setting.value)
      }
      entry.add(1, setting.key)
      entry.add(2, value)
      start.add(1, entry)
    }
    start.add(5, double: time.timeIntervalSince1970)
    return plugin("_hparams_/session_start_info", field: 3, start)
  }

  /// The end of a run that came to something.
  static func end(at time: Date) -> ProtobufMessage {
    var end = ProtobufMessage()
    end.add(1, 1)
    end.add(2, double: time.timeIntervalSince1970)
    return plugin("_hparams_/session_end_info", field: 4, end)
  }

  private static func plugin(
    _ tag: String, field: Int, _ content: ProtobufMessage
  ) -> ProtobufMessage {
    var (data, plugin, metadata) = (ProtobufMessage(), ProtobufMessage(), ProtobufMessage())
    data.add(field, content)
    plugin.add(1, "hparams")
    plugin.add(2, data)
    metadata.add(1, plugin)
    var value = ProtobufMessage()
    value.add(1, tag)
    // TensorBoard drops a value without a tensor; an empty one will do.
    value.add(8, ProtobufMessage())
    value.add(9, metadata)
    return value
  }
}
