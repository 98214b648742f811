import Foundation
import Support

/// The row form as an OpenAPI document: a path a model, with its own fields.
struct OpenAPI {
  let text: String

  init(_ repository: ModelRepository, version: String) {
    var paths: [String: Any] = [:]
    var seen: Set<String> = []
    for (model, _) in repository.loaded where seen.insert(model.name).inserted {
      paths["/v1/models/\(model.name):predict"] = ["post": Self.predict(model)]
      paths["/v1/models/\(model.name)"] = [
        "get": ["summary": "The state of \(model.name).", "responses": Self.plainResponses]
      ]
    }
    for (path, summary) in [
      ("/v2", "The server."), ("/v2/health/live", "Whether the server lives."),
      ("/v2/health/ready", "Whether all models answer."),
    ] {
      paths[path] = ["get": ["summary": summary, "responses": Self.plainResponses]]
    }
    let document: [String: Any] = [
      "openapi": "3.0.3",
      "info": ["title": "deepfm serve", "version": version],
      "paths": paths,
      "components": [
        "schemas": [
          "Error": [
            "type": "object", "required": ["error"],
            "properties": ["error": ["type": "string"]],
          ]
        ],
        "securitySchemes": ["token": ["type": "http", "scheme": "bearer"]],
      ],
    ]
    let data = try? JSONSerialization.data(
      withJSONObject: document, options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
    text = String(decoding: data ?? Data(), as: UTF8.self)
  }

  /// A body to begin with: a row without values.
  static func exampleBody(_ model: LoadedModel) -> String {
    let fields = model.encoder.inputs.map { input in
      var name = ""
      if let quoted = try? JSONText.line([input.name]) {
        name = String(quoted.dropFirst().prefix { $0 != "]" })
      }
      return "    \(name): null"
    }
    return "{\"instances\": [{\n" + fields.joined(separator: ",\n") + "\n}]}"
  }

  private static var plainResponses: [String: Any] {
    [
      "200": [
        "description": "It.", "content": ["application/json": ["schema": ["type": "object"]]],
      ],
      "503": error("It is not to be had now."),
    ]
  }

  private static func error(_ description: String) -> [String: Any] {
    [
      "description": description,
      "content": ["application/json": ["schema": ["$ref": "#/components/schemas/Error"]]],
    ]
  }

  private static func predict(_ model: LoadedModel) -> [String: Any] {
    let scalar: [[String: Any]] = [
      ["type": "string", "pattern": "^[^\\u0000]*$"], ["type": "number"], ["type": "boolean"],
    ]
    var properties: [String: Any] = [:]
    for input in model.encoder.inputs {
      var choices: [[String: Any]] =
        input.isNumeric ? [["type": "number", "minimum": -1e15, "maximum": 1e15]] : scalar
      if input.isTime {
        choices = [["type": "string", "pattern": "^20[0-9]{2}-0[1-9]-[12][0-9]$"]]
      }
      if input.isList {
        choices.append(["type": "array", "items": ["anyOf": scalar], "maxItems": 50])
      }
      properties[input.name] = ["anyOf": choices, "nullable": true] as [String: Any]
    }
    let row: [String: Any] = [
      "type": "object", "properties": properties, "additionalProperties": false,
    ]
    let body: [String: Any] = [
      "type": "object", "required": ["instances"],
      "properties": [
        "instances": ["type": "array", "items": row, "minItems": 1, "maxItems": 100],
        "id": ["type": "string", "maxLength": 256],
      ] as [String: Any],
      "description":
        "`timeout` may name the microseconds after which no answer is wanted: 504 then.",
    ]
    let probabilities: [String: Any] = [
      "type": "object", "required": ["predictions", "model_name", "model_version"],
      "properties": [
        "predictions": [
          "type": "array", "items": ["type": "number", "minimum": 0, "maximum": 1],
        ] as [String: Any],
        "model_name": ["type": "string"], "model_version": ["type": "string"],
        "id": ["type": "string"],
      ] as [String: Any],
    ]
    return [
      "summary": "The click probability of each row.",
      "requestBody": [
        "required": true, "content": ["application/json": ["schema": body]],
      ] as [String: Any],
      "responses": [
        "200": [
          "description": "A probability a row.",
          "content": ["application/json": ["schema": probabilities]],
        ] as [String: Any],
        "400": error("A request that cannot be read."),
        "413": error("A request that is too large."),
        "503": error("Too much is asked; try again."),
        "504": error("The request's time was over."),
      ],
    ]
  }
}
