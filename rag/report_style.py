"""The style sheet of the report: light and dark as the reader's system is, one column on a phone."""

STYLE = """
:root {
  color-scheme: light dark;
  --serif: "Iowan Old Style", Charter, "Palatino Linotype", "Noto Serif", Georgia, serif;
  --paper: #faf9f5; --sheet: #ffffff; --ink: #23211d; --soft: #6b665c; --line: #e5e1d8; --accent: #8c2f1b;
  --good: #2f7d63; --bad: #b8442a; --warn: #d3a13a; --plain: #a8a194;
  --good-ink: #1f5c48; --bad-ink: #9a3219; --mark: #ffeaa3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171614; --sheet: #1f1e1b; --ink: #ebe7de; --soft: #a39c8e; --line: #35322c; --accent: #f0a28c;
    --good: #4fae8d; --bad: #dc6a4c; --warn: #d9ad4f; --plain: #7b7568;
    --good-ink: #7fd0b3; --bad-ink: #f39a80; --mark: #6b5714;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main { max-width: 1080px; margin: 0 auto; padding: 32px 24px 80px; overflow-wrap: anywhere; }
h1 { font: 600 28px/1.2 var(--serif); margin: 0 0 4px; }
h2 { font: 600 21px/1.3 var(--serif); margin: 48px 0 6px; }
h3 { font-size: 15px; font-weight: 600; margin: 0; }
p { margin: 0 0 10px; }
.soft { color: var(--soft); font-size: 13px; line-height: 1.45; }
nav { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 14px 0 0; }
a { color: var(--accent); text-underline-offset: 3px; }
svg { display: block; overflow: visible; }
.scroll { overflow-x: auto; margin-top: 20px; }
table { border-collapse: collapse; font-size: 13px; width: 100%; }
th { text-align: left; font-weight: 600; color: var(--soft); white-space: nowrap; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: normal; }
td { font-variant-numeric: tabular-nums; white-space: nowrap; }

.grid-of-cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 440px), 1fr)); gap: 14px; }
.card { min-width: 0; padding: 14px 16px; }
.card { background: var(--sheet); border: 1px solid var(--line); border-radius: 10px; }
h2 + .grid-of-cards, p + .grid-of-cards { margin-top: 14px; }
.part { margin: 26px 0 10px; font-size: 12px; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); }
.row { display: grid; grid-template-columns: 118px minmax(0, 1fr) 138px; gap: 12px; align-items: center; }
.row { margin-top: 6px; }
.row.alone { grid-template-columns: minmax(0, 1fr) 138px; }
.row > .name { font-size: 13px; color: var(--soft); line-height: 1.25; }
.row > .value { font-size: 13px; font-variant-numeric: tabular-nums; white-space: nowrap; }
.row > .value small { color: var(--soft); font-size: 12px; }
.row + .row.scales { margin-top: 0; }
.scale { display: flex; justify-content: space-between; font-size: 11px; color: var(--soft); }
.grid { stroke: var(--line); } .axis { stroke: var(--soft); }
.interval { stroke: var(--accent); stroke-width: 2.5; stroke-linecap: round; opacity: .55; }
.dot { fill: var(--accent); } .mark { stroke: var(--accent); stroke-width: 1.5; }
rect.good { fill: var(--good); } rect.bad { fill: var(--bad); } rect.warn { fill: var(--warn); }
rect.plain { fill: var(--plain); }
.counts { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 4px 0 10px; font-size: 13px; }
.counts i { display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin-right: 6px; }
i.good { background: var(--good); } i.bad { background: var(--bad); }
i.warn { background: var(--warn); } i.plain { background: var(--plain); }

details > summary { cursor: pointer; }
details.kind { margin-top: 18px; border-top: 1px solid var(--line); padding-top: 12px; }
details.kind > summary { font-size: 16px; font-weight: 600; }
details.kind > summary .soft { font-weight: 400; margin-left: 6px; }
.failure { margin-top: 14px; }
.failure h3 { font: 600 18px/1.35 var(--serif); margin: 4px 0 8px; }
.tags { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; }
.tag { border: 1px solid currentColor; border-radius: 99px; padding: 0 8px; font-size: 12px; }
.tag.bad { color: var(--bad-ink); } .tag.good { color: var(--good-ink); }
dl { display: grid; grid-template-columns: 84px minmax(0, 1fr); gap: 8px 14px; margin: 0; }
dt { color: var(--soft); font-size: 13px; padding-top: 1px; }
dd { margin: 0; min-width: 0; }
.answer { white-space: pre-line; }
blockquote { margin: 0 0 8px; padding-left: 12px; border-left: 3px solid var(--line); white-space: pre-line; }
blockquote footer { color: var(--soft); font-size: 13px; }
.failure details { margin-top: 10px; }
.failure details > summary { color: var(--soft); font-size: 13px; }
.failure details blockquote { margin-top: 10px; font-size: 14px; }
@media (max-width: 560px) {
  main { padding: 20px 16px 60px; }
  .row, .row.alone { grid-template-columns: minmax(0, 1fr) auto; gap: 2px 12px; }
  .row > svg, .row > .scale { grid-column: 1 / -1; grid-row: 2; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 2px; }
  dd { margin-bottom: 8px; }
}
@media print { details.kind > summary { break-after: avoid; } .failure, .card { break-inside: avoid; } }
"""
