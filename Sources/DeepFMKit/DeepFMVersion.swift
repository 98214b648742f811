/// The version of the library and of the command; CHANGELOG.md says what is in it.
public enum DeepFMVersion {
  /// Three numbers, as semantic versioning has them.
  public static let current = "0.1.0"
}
