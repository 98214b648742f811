import ArgumentParser
import Market

/// The market, and the experiment in it.
struct MarketOptions: ParsableArguments {
  private static let market = MarketSettings()
  private static let experiment = MarketDesign()

  @Option(help: ArgumentHelp("Decides everything that chance decides.", valueName: "number"))
  var seed = market.seed

  @Option(help: ArgumentHelp("The users.", valueName: "number"))
  var users = market.users

  @Option(help: ArgumentHelp("The items that can be shown on a day.", valueName: "number"))
  var items = market.items

  @Option(help: ArgumentHelp("How many of them are new each day.", valueName: "number"))
  var newItems = market.newItems

  @Option(help: ArgumentHelp("The candidates of a request.", valueName: "number"))
  var candidates = market.candidates

  @Option(help: ArgumentHelp("The places of an answer.", valueName: "number"))
  var places = market.places

  @Option(help: ArgumentHelp("A user's requests a day, in the mean.", valueName: "number"))
  var requests = market.requests

  @Option(
    help: ArgumentHelp(
      "How users differ in activity: the deviation of its logarithm.", valueName: "number"))
  var activity = market.activity

  @Option(
    help: ArgumentHelp(
      "The deviation of the effects of pairs on a click's logit.", valueName: "number"))
  var pairEffect = market.pairEffect

  @Option(
    help: ArgumentHelp(
      "The deviation of items' own effects.", valueName: "number"))
  var itemEffect = market.itemEffect

  @Option(help: ArgumentHelp("How far tastes turn a day, in radians.", valueName: "angle"))
  var drift = market.drift

  @Option(
    help: ArgumentHelp("The share of requests answered in random order.", valueName: "share"))
  var exploration = market.exploration

  @Option(help: ArgumentHelp("The model in production.", valueName: "model"))
  var control = experiment.control

  @Option(help: ArgumentHelp("The model that is tried.", valueName: "model"))
  var treatment = experiment.treatment

  @Option(
    help: ArgumentHelp(
      "How many crosses of the strongest true pairs the control is given.", valueName: "number"))
  var crosses = experiment.crosses

  @Option(help: ArgumentHelp("The days of the A/A test.", valueName: "days"))
  var aaDays = experiment.aaDays

  @Option(help: ArgumentHelp("The days of the A/B test.", valueName: "days"))
  var abDays = experiment.abDays

  @Option(help: ArgumentHelp("The days of log that models learn from.", valueName: "days"))
  var window = experiment.window

  @Option(
    help: ArgumentHelp(
      "What models learn from during the test: own (their arm's rows), shared (all) or uniform (those in "
        + "random order).", valueName: "rows"))
  var trainingLog = experiment.trainingLog

  @Option(
    help: ArgumentHelp(
      "What models are told of an item's place: feature or none.", valueName: "place"))
  var place = experiment.place

  @Option(
    help: ArgumentHelp(
      "How models learn each day: fresh (from scratch, on the window) or daily (from the day before's model, on its "
        + "log alone, with rows for new ids).", valueName: "way"))
  var retraining = experiment.retraining

  @Flag(help: "Train the model that is tried once, and not each day.")
  var stale = false

  @Option(help: ArgumentHelp("The most epochs of a training.", valueName: "number"))
  var epochs = experiment.epochs

  @Option(help: ArgumentHelp("The width of embeddings.", valueName: "number"))
  var embeddingSize = experiment.embedding

  @Option(help: ArgumentHelp("The widths of hidden layers, as 32,16.", valueName: "widths"))
  var hidden = experiment.hidden.map(String.init).joined(separator: ",")

  var settings: MarketSettings {
    var settings = MarketSettings()
    (settings.seed, settings.users, settings.items) = (seed, users, items)
    (settings.newItems, settings.candidates, settings.places) = (newItems, candidates, places)
    (settings.requests, settings.activity, settings.drift) = (requests, activity, drift)
    (settings.pairEffect, settings.itemEffect) = (pairEffect, itemEffect)
    settings.exploration = exploration
    return settings
  }

  func design() throws -> MarketDesign {
    var design = MarketDesign()
    (design.control, design.treatment, design.crosses) = (control, treatment, crosses)
    (design.aaDays, design.abDays, design.window) = (aaDays, abDays, window)
    (design.trainingLog, design.place, design.isStale) = (trainingLog, place, stale)
    (design.retraining, design.epochs, design.embedding) = (retraining, epochs, embeddingSize)
    let widths = hidden.split(separator: ",").map { Int($0) }
    guard !widths.contains(nil) else {
      throw ValidationError("--hidden is widths between commas, as 32,16, and not \(hidden)")
    }
    design.hidden = widths.compactMap { $0 }
    return design
  }
}

extension MarketDesign.TrainingLog: ExpressibleByArgument {}
extension MarketDesign.Place: ExpressibleByArgument {}
extension MarketDesign.Retraining: ExpressibleByArgument {}
