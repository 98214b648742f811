import OpenCL

extension TargetAttention {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  package func forward(_ pass: DevicePass) throws {
    for fields in others {
      try pass.run(
        "sum_slots", of: "target_attention", items: pass.rows * fields.count,
        [
          "rows": pass.rows, "slots": layout.slots, "fields": layout.fields, "width": width,
          "first": fields.lowerBound, "count": fields.count,
          "field_starts": pass.input.fieldStarts, "h": pass[vectors], "y": pass[output],
        ])
    }
    for history in histories {
      let (arguments, y) = (arguments(pass, history), pass[output])
      if let weights = history.weights {
        try pass.run(
          "pool", of: "target_attention", items: pass.rows,
          arguments + ["weights": pass[weights], "y": y])
      } else {
        try pass.run(
          "attend", of: "target_attention", items: pass.rows,
          arguments + [
            "target": history.target, "weights": pass.workspace(of: self)[0], "y": y,
          ])
      }
    }
  }

  /// Those of other fields first: what histories give their targets is added to it.
  package func backward(_ pass: DevicePass) throws {
    let (dy, dh) = (pass.gradient(of: output), pass.target(for: vectors))
    for fields in others {
      let slots = slots(of: fields)
      try pass.run(
        "spread_fields", of: "target_attention", items: pass.rows * slots.count,
        [
          "rows": pass.rows, "slots": layout.slots, "fields": layout.fields, "width": width,
          "first": slots.lowerBound, "count": slots.count, "slot_fields": pass.input.slotFields,
          "dy": dy, "dh": dh.buffer, "accumulate": dh.accumulates ? 1 : 0,
        ])
    }
    for history in histories {
      let arguments = arguments(pass, history)
      let slopes: KernelArguments = [
        "dy": dy, "dh": dh.buffer, "accumulate": dh.accumulates ? 1 : 0,
      ]
      if let weights = history.weights {
        let dweights = pass.target(for: weights)
        try pass.run(
          "pool_gradient", of: "target_attention", items: pass.rows,
          arguments + ["weights": pass[weights]] + slopes + [
            "dweights": dweights.buffer, "accumulate_weights": dweights.accumulates ? 1 : 0,
          ])
      } else {
        try pass.run(
          "attend_gradient", of: "target_attention", items: pass.rows,
          arguments + ["target": history.target, "weights": pass.workspace(of: self)[0]] + slopes)
      }
    }
  }

  /// What all kernels of a history are called with.
  private func arguments(_ pass: DevicePass, _ history: Field) -> KernelArguments {
    [
      "rows": pass.rows, "slots": layout.slots, "fields": layout.fields, "width": width,
      "field": history.number, "first": history.slots.lowerBound,
      "last": history.slots.upperBound, "ids": pass.input.ids, "h": pass[vectors],
    ]
  }
}
