extension Report {
  /// The page's only script: a click on a heading sorts its table by that column, a second one the
  /// other way; and what is folded opens for the printer.
  static let script: StaticString = """
    "use strict";
    for (const table of document.querySelectorAll("table")) {
      const heads = [...table.tHead.rows[0].cells];
      heads.forEach((head, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.append(...head.childNodes);
        head.append(button);
        button.addEventListener("click", () => {
          const numeric = head.classList.contains("number");
          const before = head.getAttribute("aria-sort");
          const descending = before ? before === "ascending" : numeric;
          for (const other of heads) other.removeAttribute("aria-sort");
          head.setAttribute("aria-sort", descending ? "descending" : "ascending");
          const key = row => {
            const cell = row.cells[column];
            if (cell.dataset.key !== undefined) return Number(cell.dataset.key);
            return numeric ? NaN : cell.textContent;
          };
          const compare = (a, b) => typeof a === "number" && typeof b === "number"
            ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
          const body = table.tBodies[0];
          const rows = [...body.rows].map(row => [key(row), row]);
          rows.sort(([a], [b]) => {
            const lost = Number.isNaN(a) - Number.isNaN(b);
            if (lost || Number.isNaN(a)) return lost;
            return descending ? compare(b, a) : compare(a, b);
          });
          body.append(...rows.map(([, row]) => row));
        });
      });
    }
    addEventListener("beforeprint", () => {
      for (const details of document.querySelectorAll("details")) details.open = true;
    });
    """
}
