/// The schemas of this folder, embedded into the binary.
public enum ReadySchema: String, CaseIterable, Sendable {
  /// Criteo's display advertising log.
  case criteo
  /// Avazu's mobile advertising log.
  case avazu
  /// MovieLens, ratings joined with users and items.
  case movielens
  /// Frappe's app usage, as libsvm.
  case frappe
  /// ZOZOTOWN, what a fashion shop has shown (Open Bandit Dataset).
  case zozotown
  /// Adult, of a census.
  case adult
  /// Bank Marketing, calls that sell deposits.
  case bankMarketing = "bank-marketing"
  /// Online Shoppers, visits to a shop.
  case onlineShoppers = "online-shoppers"

  /// The schema with its comments.
  public var yaml: String {
    let bytes =
      switch self {
      case .criteo: PackageResources.criteo_yaml
      case .avazu: PackageResources.avazu_yaml
      case .movielens: PackageResources.movielens_1m_yaml
      case .frappe: PackageResources.frappe_yaml
      case .zozotown: PackageResources.zozotown_yaml
      case .adult: PackageResources.adult_yaml
      case .bankMarketing: PackageResources.bank_marketing_yaml
      case .onlineShoppers: PackageResources.online_shoppers_yaml
      }
    return String(decoding: bytes, as: UTF8.self)
  }
}
