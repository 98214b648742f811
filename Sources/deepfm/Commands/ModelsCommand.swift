import ArgumentParser
import DeepFMKit
import Reports

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "Lists the models there are.")

  func run() {
    var table = TextTable("model", "what it is")
    for model in ModelRegistry.all { table.add(model.name, model.summary) }
    print(table)
  }
}
