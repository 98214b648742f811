extension Activate {
  public func addNodes(to pass: inout ONNXPass) {
    pass[output] = pass.activated(pass[input], epilogue)
  }
}
