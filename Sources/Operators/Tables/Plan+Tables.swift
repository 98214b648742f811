extension Plan {
  /// Lets the rows of the batch's ids travel to windows and back, where tables are worked on there.
  mutating func letRowsTravel(_ stored: StoredTables) {
    guard let recipe = stored.recipe else { return }
    take = [TakeRows(tables: stored.tables, withStates: true)]
    let whole = stored.tables.filter { recipe.region(of: $0.parameter) == .whole }
    if let place = update.firstIndex(where: { $0 is ClipNorm }),
      var norm = update[place] as? ClipNorm
    {
      norm.rests = whole.map { RestSquares($0, recipe) }.filter { $0.l2 > 0 }
      update[place] = norm
      update.insert(contentsOf: norm.rests, at: place)
    }
    update += whole.map { RestUpdate($0, recipe) }
    update.append(PutRows(tables: stored.tables))
  }
}
