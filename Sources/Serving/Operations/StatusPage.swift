import Foundation
import NIOCore

/// A page of the models, how much they are asked and how fast they answer; with a row to try.
struct StatusPage {
  let text: String

  init(_ service: InferenceService) {
    let rows = service.repository.loaded.map { Self.row($0.model, $0.role) }.joined()
    let failed = service.repository.index.filter {
      $0.state != "READY" && $0.reason != "not loaded"
    }
    .map { "<p class=bad>\(Self.escaped("\($0.name) \($0.version): \($0.reason)"))</p>" }.joined()
    let options = service.repository.names
      .map { "<option>\(Self.escaped($0))</option>" }.joined()
    let first = service.repository.loaded.first?.model
    let example = first.map { Self.escaped(OpenAPI.exampleBody($0)) } ?? ""
    text = """
      <!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">
      <title>deepfm serve</title><style>\(Self.style)</style>
      <h1>deepfm serve</h1>
      <p>\(service.connections.value) connections. <a href=/metrics>Metrics</a>, \
      <a href=/openapi.json>OpenAPI</a>.</p>\(failed)
      <div class=wide><table><tr><th>model<th>version<th>role<th>requests/s<th>requests<th>errors<th>p50<th>p99\
      <th>waiting<th>drift</tr>\(rows)</table></div>
      <h2>Try a row</h2>
      <form id=try><label>Model <select id=model>\(options)</select></label>
      <textarea id=body rows=12 spellcheck=false>\(example)</textarea>
      <button>Predict</button></form><pre id=answer></pre>
      <script>\(Self.script)</script></html>

      """
  }

  private static func row(_ model: LoadedModel, _ role: String) -> String {
    let counts = model.metrics.counts
    let total = counts.stages[ModelMetrics.Stage.allCases.firstIndex(of: .total)!]
    func time(_ share: Double) -> String {
      total.quantile(share).map { String(format: "%.2f ms", 1e3 * $0) } ?? "–"
    }
    let cells = [
      model.name, model.version, role, String(format: "%.1f", counts.recent.rate(at: .now())),
      "\(counts.requests)", "\(counts.errors.values.reduce(0, +))", time(0.5), time(0.99),
      "\(model.batcher.waitingRows)", model.drift?.index.map { String(format: "%.3f", $0) } ?? "–",
    ]
    return "<tr title=\"\(escaped(model.description))\">"
      + cells.map { "<td>\(escaped($0))" }.joined() + "</tr>"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
  }

  private static let style = """
    body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:62rem;padding:0 1rem;color:#222}\
    h1,h2{font-weight:600}.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}\
    th,td{text-align:right;padding:.35rem .7rem;border-bottom:1px solid #ddd;white-space:nowrap}\
    th:nth-child(-n+3),td:nth-child(-n+3){text-align:left}td{font-variant-numeric:tabular-nums}\
    textarea{display:block;width:100%;box-sizing:border-box;margin:.6rem 0;font:13px/1.4 monospace}\
    pre{background:#f5f5f5;padding:.7rem;overflow-x:auto}.bad{color:#a00}\
    @media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}th,td{border-color:#444}\
    pre,textarea,select{background:#222;color:#ddd}a{color:#8bf}.bad{color:#f88}}
    """

  private static let script = """
    const at=id=>document.getElementById(id);at('try').onsubmit=async e=>{e.preventDefault();\
    const t=performance.now();const r=await fetch('/v1/models/'+encodeURIComponent(at('model').value)+\
    ':predict',{method:'POST',body:at('body').value});const s=await r.text();\
    at('answer').textContent=r.status+' in '+(performance.now()-t).toFixed(1)+' ms\\n'+s+'\\n'+\
    (r.headers.get('server-timing')||'')};
    """
}
