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
      guard history.weights == nil else {
        try pool(pass, history)
        continue
      }
      try pass.run(
        "attend", of: "target_attention", items: pass.rows,
        [
          "rows": pass.rows, "slots": layout.slots, "fields": layout.fields, "width": width,
          "field": history.number, "target": history.target, "first": history.slots.lowerBound,
          "last": history.slots.upperBound, "ids": pass.input.ids, "h": pass[vectors],
          "weights": pass.workspace(of: self)[0], "y": pass[output],
        ])
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
      guard history.weights == nil else {
        try poolGradient(pass, history, dh)
        continue
      }
      try pass.run(
        "attend_gradient", of: "target_attention", items: pass.rows,
        [
          "rows": pass.rows, "slots": layout.slots, "fields": layout.fields, "width": width,
          "field": history.number, "target": history.target, "first": history.slots.lowerBound,
          "last": history.slots.upperBound, "ids": pass.input.ids, "h": pass[vectors],
          "weights": pass.workspace(of: self)[0], "dy": dy, "dh": dh.buffer,
          "accumulate": dh.accumulates ? 1 : 0,
        ])
    }
  }
  /// With the weights that another operation has made.
  private func pool(_ pass: DevicePass, _ history: Field) throws {
    guard let weights = history.weights else { return }
    try pass.run(
      "pool", of: "target_attention", items: pass.rows,
      arguments(pass, history) + ["weights": pass[weights], "y": pass[output]])
  }

  private func poolGradient(
    _ pass: DevicePass, _ history: Field, _ dh: GradientTarget<OpenCLBackend.Buffer>
  ) throws {
    guard let weights = history.weights else { return }
    let slopes = pass.target(for: weights)
    try pass.run(
      "pool_gradient", of: "target_attention", items: pass.rows,
      arguments(pass, history) + [
        "weights": pass[weights], "dy": pass.gradient(of: output), "dh": dh.buffer,
        "accumulate": dh.accumulates ? 1 : 0, "dweights": slopes.buffer,
        "accumulate_weights": slopes.accumulates ? 1 : 0,
      ])
  }

  private func arguments(_ pass: DevicePass, _ history: Field) -> KernelArguments {
    [
      "rows": pass.rows, "slots": layout.slots, "fields": layout.fields, "width": width,
      "field": history.number, "first": history.slots.lowerBound,
      "last": history.slots.upperBound, "ids": pass.input.ids, "h": pass[vectors],
    ]
  }
}
