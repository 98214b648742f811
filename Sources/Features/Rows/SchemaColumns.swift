import Logs
import Support

/// Whether a log must have labels.
package enum LabelPolicy: Sendable {
  /// Training and evaluation: each row has one.
  case required
  /// A look at a log, which may have none, or may leave some empty.
  case optional
  /// Prediction: labels, weights, times and groups are not looked at, whatever they are.
  case unread
}

/// Which columns of a log a schema's fields and metadata are read from.
struct SchemaColumns: Sendable {
  /// Where a field comes from, and how it is read.
  struct Field: Sendable {
    let column: Int
    let kind: Schema.Field.Kind
    let separator: UInt8
    let isBracketed: Bool
    let derive: TimePart?
    let timeFormat: TimeFormat
  }

  let names: [String]
  let fields: [Field]
  let missing: MissingValues
  let clicks: ClickReader
  let numbers: NumberText
  let labels: LabelPolicy
  let timeFormat: TimeFormat
  /// Columns whose texts are wanted beside these.
  let kept: [Int]
  /// Whether the label is a column of the log's, and not a part of its format.
  let hasLabelColumn: Bool
  // Where each is, −1 where there is none.
  let label: Int
  let weight: Int
  let time: Int
  let group: Int

  /// - Throws: ``UserError`` if a column of the schema is not there that must be.
  init(
    _ parser: any NamedColumns, of file: String, _ schema: Schema, _ labels: LabelPolicy,
    keeping kept: [String] = []
  ) throws {
    let columns = ColumnNames(parser.columns)
    let isColumn = parser.label == nil
    func place(_ name: String?) throws -> Int {
      guard let name, labels != .unread, labels == .required || columns.names.contains(name) else {
        return -1
      }
      return try columns.index(of: name, in: file)
    }
    names = parser.columns
    self.kept = try kept.map { try columns.index(of: $0, in: file) }
    self.labels = labels
    hasLabelColumn = isColumn
    let rule = schema.label ?? Schema.Label()
    numbers = NumberText(schema)
    clicks = ClickReader(rule, numbers, isSigned: !isColumn)
    label = try labels == .unread ? -1 : parser.label ?? place(rule.column ?? "label")
    weight = try place(schema.weight)
    time = try place(schema.time?.column)
    if isColumn {
      group = try place(schema.group)
    } else {
      let group = labels == .unread ? nil : schema.group
      let field = schema.fields.firstIndex { $0.name == group }.map { $0 + 1 }
      self.group = field ?? parser.columns.firstIndex { $0 == group } ?? -1
    }
    timeFormat = schema.time?.format ?? .iso
    missing = MissingValues(schema.missing ?? [])
    fields = try schema.fields.enumerated().map { index, field in
      Field(
        column: isColumn ? try columns.index(of: field, in: file) : index + 1,
        kind: field.kind, separator: field.separatorByte,
        isBracketed: field.brackets ?? false, derive: field.derive,
        timeFormat: field.timeFormat ?? .iso)
    }
  }
}

extension ColumnNames {
  /// Where the column of a field is.
  fileprivate func index(of field: Schema.Field, in file: String) throws -> Int {
    do {
      return try index(of: field.column ?? field.name, in: file)
    } catch var error as UserError where field.history != nil {
      error.remedy = "deepfm history makes it: a log with the column, of this log and its schema"
      throw error
    }
  }
}

extension SchemaColumns {
  /// Those of a request: the columns that fields are read from, each once, and nothing beside them. Numbers
  /// have a decimal point, whatever the logs' mark.
  init(ofFields schema: Schema) {
    var names: [String] = []
    fields = schema.fields.map { field in
      let name = field.column ?? field.name
      let index = names.firstIndex(of: name) ?? names.count
      if index == names.count { names.append(name) }
      return Field(
        column: index, kind: field.kind, separator: field.separatorByte,
        isBracketed: field.brackets ?? false, derive: field.derive,
        timeFormat: field.timeFormat ?? schema.time?.format ?? .iso)
    }
    self.names = names
    kept = []
    labels = .optional
    hasLabelColumn = false
    numbers = NumberText()
    clicks = ClickReader(Schema.Label(), numbers)
    (label, weight, time, group) = (-1, -1, -1, -1)
    timeFormat = .iso
    missing = MissingValues(schema.missing ?? [])
  }
}

extension ColumnRequest {
  /// What is to be read of a log by a completed schema.
  package init(_ schema: Schema, _ labels: LabelPolicy, keeping kept: [String] = []) {
    self.init()
    let format = schema.format ?? .csv
    columns = schema.columnNames
    fields = schema.fields.map { field in
      Field(
        name: field.name, column: field.column ?? field.name, isList: field.kind == .multivalued,
        isNumeric: field.kind == .numeric, isWeighted: field.weighted ?? false,
        ids: field.ids.map { $0.first...$0.last })
    }
    headerless = schema.headerless(format)
    dialect = schema.dialect
    label = schema.label?.column
    isLabelOptional = labels != .required
    group = schema.group
    // Of a column of numbers none stands for a missing one, and nothing else is read of it than its number; what is
    // looked up is the same for all rows with the same code.
    let markers = (schema.missing ?? []).contains {
      Array($0.utf8).withUnsafeBytes(parseNumber) != nil
    }
    let texts = Set(
      [label ?? "label", schema.weight, schema.time?.column, group].compactMap(\.self))
    for name in kept where !columns.contains(name) {
      columns.append(name)
      fields.append(Field(name: name, column: name, isList: true))
    }
    let byColumn = Dictionary(grouping: schema.fields) { $0.column ?? $0.name }
    for (column, fields) in byColumn where !texts.contains(column) {
      if !markers, !kept.contains(column), fields.allSatisfy({ $0.kind == .numeric }) {
        numbers.insert(column)
      }
      if fields.allSatisfy({ $0.kind == .categorical && $0.derive == nil }) { codes.insert(column) }
    }
    ignoredIDs = (schema.ignoredIDs ?? []).map { $0.first...$0.last }
  }
}
