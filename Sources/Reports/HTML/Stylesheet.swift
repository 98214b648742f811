extension Report {
  /// The page's appearance: one column of text, charts beside each other where there is room, light
  /// or dark as the reader's system, black on white in print.
  ///
  /// The series' colours are Okabe and Ito's, which the colour-blind tell apart; dashes, marks and
  /// shades tell series apart where there is no colour at all.
  static let stylesheet: StaticString = """
    :root {
      --ink: #1b1f24; --soft: #5b6470; --line: #d5d9de; --paper: #fff; --raised: #f5f6f8;
      --link: #0a58a8;
      --s0: #0072b2; --s1: #d55e00; --s2: #009e73; --s3: #aa3d84; --s4: #8a6d00; --s5: #3a9bd0;
      --s6: #6b4fa0; --s7: #444;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ink: #e4e7eb; --soft: #9aa4b0; --line: #3a424c; --paper: #14171b; --raised: #1e2329;
        --link: #7cb8f2;
        --s0: #56b4e9; --s1: #ff8c42; --s2: #2fc495; --s3: #e08cc0; --s4: #e6c229; --s5: #a6d8f5;
        --s6: #b39ddb; --s7: #bbb;
      }
    }
    @media print {
      :root {
        --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --raised: #fff; --link: #000;
        --s0: #0072b2; --s1: #d55e00; --s2: #009e73; --s3: #aa3d84; --s4: #8a6d00; --s5: #3a9bd0;
        --s6: #6b4fa0; --s7: #444;
      }
      figure, tr, pre { break-inside: avoid; }
      h2, h2 + p, summary { break-after: avoid; }
      /* Two small tables side by side, each on one page. */
      details:not(:has(.charts, pre, ul, th:nth-child(5))) {
        break-inside: avoid; display: inline-block; vertical-align: top; width: 49%;
      }
      th:first-child, td:first-child { position: static !important; }
      .table { overflow: visible !important; }
      main { max-width: none !important; padding: 0 !important; }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--paper); color: var(--ink);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif;
    }
    main { max-width: 1240px; margin: 0 auto; padding: 1.25rem 1rem 4rem; }
    h1 { font-size: 1.6rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
    h2 {
      font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem;
      border-bottom: 1px solid var(--line);
    }
    p, ul, pre { max-width: 46rem; }
    p, li { overflow-wrap: anywhere; }
    ul { padding-left: 1.3rem; }
    a { color: var(--link); }
    .subtitle { color: var(--soft); margin: .2rem 0 1rem; }
    code, pre { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
    code { font-size: .88em; }
    pre {
      background: var(--raised); border: 1px solid var(--line); border-radius: 6px;
      padding: .7rem .9rem; overflow-x: auto; line-height: 1.4; white-space: pre-wrap;
      overflow-wrap: anywhere;
    }
    details { margin: .8rem 0; }
    summary { cursor: pointer; color: var(--link); }
    .table { overflow-x: auto; margin: 1rem 0; }
    table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
    caption { text-align: left; color: var(--soft); padding-bottom: .4rem; }
    th, td { padding: .3rem .75rem; text-align: left; border-bottom: 1px solid var(--line); }
    th { vertical-align: bottom; font-weight: 600; background: var(--paper); }
    th[title] { text-decoration: underline dotted var(--soft); text-underline-offset: .2em; }
    th:first-child, td:first-child {
      position: sticky; left: 0; background: var(--paper); padding-left: 0;
    }
    .number { text-align: right; }
    td.number, td[data-key], td code { white-space: nowrap; }
    @media (max-width: 1000px) { th, td { padding: .3rem .5rem; } }
    th button {
      all: unset; cursor: pointer; font: inherit; text-decoration: inherit;
      text-underline-offset: inherit;
    }
    th button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
    th button { position: relative; }
    th button::after { position: absolute; left: 100%; text-indent: .15em; color: var(--soft); }
    th[aria-sort=ascending] button::after { content: "\\2191"; }
    th[aria-sort=descending] button::after { content: "\\2193"; }
    tbody tr:hover td { background: var(--raised); }
    .charts {
      display: grid; gap: 1.4rem 2rem; margin: 1rem 0; align-items: start;
      grid-template-columns: repeat(auto-fill, minmax(min(100%, 350px), 1fr));
    }
    figure { margin: 0; max-width: 560px; }
    figcaption { font-weight: 600; font-size: .95rem; margin-bottom: .15rem; }
    svg { display: block; width: 100%; height: auto; overflow: visible; }
    svg text { fill: var(--soft); font-size: 12px; }
    svg .axis { stroke: var(--soft); stroke-width: 1; fill: none; }
    svg .grid { stroke: var(--line); stroke-width: .7; fill: none; }
    svg .guide { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 3; fill: none; }
    svg .value { fill: var(--ink); }
    .series { stroke: var(--c); fill: none; stroke-width: 1.8; stroke-linejoin: round; }
    .mark { stroke: var(--c); fill: var(--c); stroke-width: 1.3; }
    .hollow { fill: var(--paper); }
    .whisker { stroke: var(--c); stroke-width: 1.2; fill: none; }
    .bars .whisker { stroke: var(--ink); }
    .bar { fill: var(--c); stroke: var(--c); }
    .s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); }
    .s4 { --c: var(--s4); } .s5 { --c: var(--s5); } .s6 { --c: var(--s6); } .s7 { --c: var(--s7); }
    .legend {
      display: flex; flex-wrap: wrap; gap: .1rem 1rem; list-style: none; padding: 0;
      margin: .3rem 0 0; font-size: .85rem; max-width: none;
    }
    .legend svg {
      display: inline-block; width: 34px; height: 14px; vertical-align: -2px;
      margin-right: .35rem;
    }
    """
}
