extension Device {
  /// All devices of all platforms. A device's place in this list is its index for ``select(_:)``.
  public static func all() throws -> [Device] {
    try Platform.all().flatMap(\.devices)
  }

  /// The device a user asks for.
  ///
  /// - Parameter wish: `auto` (a GPU if there is one, else the first CPU, else whatever there is),
  ///   `gpu` or `cpu` (the first of that kind), an index into ``all()``, or part of a name in any
  ///   case (the first device that has it).
  /// - Throws: ``OpenCLError/noDevice(_:)`` or ``OpenCLError/unknownDevice(_:available:)``.
  public static func select(_ wish: String = "auto") throws -> Device {
    let devices = try all()
    return devices[try choose(wish, among: devices.map { ($0.kind, $0.name) })]
  }

  /// The device of one of some processes on a machine that ask for the same: they take the devices of its kind and
  /// platform, or of its name, in turn. An index is that device for all.
  ///
  /// - Parameter process: this one's number among them.
  public static func select(_ wish: String, forProcess process: Int) throws -> Device {
    let chosen = try select(wish)
    guard process > 0, Int(wish) == nil else { return chosen }
    let isKind = wish.lowercased() == "auto" || Kind(rawValue: wish.lowercased()) != nil
    let alike = try all().filter {
      $0.kind == chosen.kind && $0.platform == chosen.platform
        && (isKind || $0.name.lowercased().contains(wish.lowercased()))
    }
    return alike.isEmpty ? chosen : alike[process % alike.count]
  }

  /// The place in `devices` of the one that `wish` means.
  static func choose(_ wish: String, among devices: [(kind: Kind, name: String)]) throws -> Int {
    let names = devices.enumerated().map { "\($0): \($1.name) (\($1.kind.rawValue.uppercased()))" }
    func first(_ kind: Kind) -> Int? { devices.firstIndex { $0.kind == kind } }

    let wish = wish.lowercased()
    let kind = Kind(rawValue: wish)
    guard !devices.isEmpty else {
      throw OpenCLError.noDevice(NoDevice(wanted: kind, available: []))
    }
    if wish == "auto" { return first(.gpu) ?? first(.cpu) ?? 0 }
    if let kind {
      guard let place = first(kind) else {
        throw OpenCLError.noDevice(NoDevice(wanted: kind, available: names))
      }
      return place
    }
    let place =
      Int(wish).map { devices.indices.contains($0) ? $0 : nil }
      ?? devices.firstIndex { !wish.isEmpty && $0.name.lowercased().contains(wish) }
    guard let place else { throw OpenCLError.unknownDevice(wish, available: names) }
    return place
  }
}
