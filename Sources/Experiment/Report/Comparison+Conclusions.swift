import Reports

extension Comparison {
  /// What the numbers mean, in plain words.
  var conclusions: [Report.Text] {
    var points = record.gaps
    for device in record.devices {
      let rows = rows(on: device.name)
      let place = record.devices.count > 1 ? "On \(device.name): " : ""
      if let best = best(of: rows, place) { points.append(best) }
      if let champion = rows.first(where: { $0.variant == record.champion }) {
        points += rows.filter { $0.variant != champion.variant }
          .compactMap { sentence(champion, $0, place) }
      }
    }
    if evaluatedOn == .validation {
      points.append(
        "No test rows were given: all figures are of the validation rows, which also chose the epoch. "
          + "They are a little too good.")
    }
    if record.seeds.count == 1 {
      points.append(
        "With one seed nothing can be said of chance: give several, --seeds 1 2 3 4 5.")
    }
    return points
  }

  private func best(of rows: [Row], _ place: String) -> Report.Text? {
    let ranked = rows.filter { $0.auc != nil }.sorted { $0.auc!.mean > $1.auc!.mean }
    guard ranked.count > 1, let first = ranked.first, let auc = first.auc else { return nil }
    return "\(place)\(strong: first.variant) has the best AUC, \(Words.text(auc, digits: 5)); "
      + "\(ranked[1].variant) follows with \(Words.text(ranked[1].auc!, digits: 5))."
  }

  /// "deepfm-d beats fm by 0.0123 AUC (p = 0.001, five seeds); it takes 2.1 × fm's time."
  private func sentence(_ champion: Row, _ rival: Row, _ place: String) -> Report.Text? {
    guard let test = rival.aucTest else { return nil }
    let difference = Numbers.fixed(abs(test.difference.mean), 5)
    let sign = test.difference.mean < 0 ? "−" : "+"
    let seeds = Words.count(test.difference.count, "seed")
    let verb: String
    if let p = test.p, p < 0.05 {
      verb = test.difference.mean > 0 ? "beats" : "is beaten by"
    } else if test.p == nil {
      verb = test.difference.mean > 0 ? "is above" : "is below"
    } else {
      return
        "\(place)\(strong: champion.variant) and \(strong: rival.variant) cannot be told apart: "
        + "\(sign)\(difference) AUC (\(Words.pPhrase(test.p ?? 1)), \(seeds))\(time(champion, rival))."
    }
    let chance = test.p.map { "\(Words.pPhrase($0)), " } ?? "by the same every time, "
    return
      "\(place)\(strong: champion.variant) \(verb) \(strong: rival.variant) by \(difference) AUC "
      + "(\(chance)\(seeds))\(time(champion, rival))."
  }

  private func time(_ champion: Row, _ rival: Row) -> String {
    guard let mine = champion.secondsPerEpoch?.mean, let other = rival.secondsPerEpoch?.mean,
      other > 0
    else { return "" }
    return "; an epoch takes \(Numbers.fixed(mine / other, mine / other < 10 ? 2 : 1)) × its time"
  }
}
