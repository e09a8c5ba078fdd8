// The one stylesheet, served under a name that changes with it.
import { createHash } from 'node:crypto';

export const STYLE = `
:root { color-scheme: light dark; --ground: #f5f6f8; --paper: #fff; --ink: #1a232e; --soft: #55616f; --line: #dde2e8; --edge: #7d8996;
  --accent: #0a6b5d; --accent-soft: #e2f2ee; --on-accent: #fff; --warn: #7d4a00; --warn-soft: #fff2dd; --bad: #a11f35; --bad-soft: #fdecee; --focus: #1f7ae0; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #11161b; --paper: #192027; --ink: #e8edf2; --soft: #a7b3bf; --line: #2c3640; --edge: #7b8895;
    --accent: #62d2bd; --accent-soft: #15352f; --on-accent: #06231e; --warn: #f3bd70; --warn-soft: #372a14; --bad: #ff9aa6; --bad-soft: #3c1d22; --focus: #7db6ff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .5rem 1rem; z-index: 1; }
header { background: var(--paper); border-bottom: 1px solid var(--line); }
header > div { max-width: 64rem; margin: 0 auto; padding: .625rem 1rem; display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; }
header b { font-size: 1.0625rem; }
nav { display: flex; gap: .25rem; }
nav a { padding: .375rem .75rem; border-radius: 999px; color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--ink); background: var(--ground); }
nav a[aria-current] { background: var(--accent-soft); color: var(--accent); font-weight: 600; }
.find { display: flex; gap: .5rem; flex: 1 1 18rem; margin: 0; }
.find label { flex: 1 1 auto; margin: 0; }
.find input { margin: 0; }
.who { color: var(--soft); font-size: .875rem; }
main { max-width: 64rem; margin: 0 auto; padding: 1rem 1rem 3rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .75rem 0 .25rem; letter-spacing: -.01em; }
h2 { font-size: 1.0625rem; margin: 1.75rem 0 .75rem; }
p { margin: 0 0 .75rem; }
h1 + .card, h1 + .note { margin-top: 1rem; }
.lead { color: var(--soft); margin-bottom: 1.25rem; }
.soft, .story time { color: var(--soft); }
.soft, .small { font-size: .875rem; }
code { font: .9375em ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
p code, dd code { background: var(--ground); border-radius: 4px; padding: .0625rem .25rem; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.125rem; margin: 0 0 .75rem; }
.card > :last-child { margin-bottom: 0; }
.card h2:first-child { margin-top: 0; }
.calm { text-align: center; padding: 2.5rem 1rem; color: var(--soft); }
.calm b { display: block; color: var(--accent); font-size: 1.125rem; }
ul, ol { list-style: none; margin: 0; padding: 0; }
.need { display: grid; grid-template-columns: 1fr auto; gap: .125rem 1.5rem; border-left: 4px solid var(--warn); }
.need h2 { margin: 0; font-size: 1rem; font-weight: 600; }
.need h2 a { color: var(--ink); }
.need .sum { text-align: right; grid-row: 1 / span 2; grid-column: 2; font-variant-numeric: tabular-nums; }
.need .sum b { font-size: 1.375rem; line-height: 1.2; display: block; }
.need p { margin: 0; color: var(--soft); font-size: .9375rem; max-width: 44rem; }
.ages { display: flex; flex-wrap: wrap; gap: .375rem; margin: .5rem 0 0; grid-column: 1 / -1; }
.ages + * { margin-top: .75rem; }
.ages a, .chip { display: inline-block; border: 1px solid var(--line); border-radius: 999px; padding: .125rem .75rem; font-size: .875rem; text-decoration: none; color: var(--ink); }
.ages a:hover { border-color: var(--accent); }
.ages a[aria-current] { background: var(--accent-soft); border-color: var(--accent); color: var(--accent); font-weight: 600; }
.ages .old { border-color: var(--warn); color: var(--warn); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: .75rem; }
.tile { display: block; margin: 0; text-decoration: none; color: inherit; }
.tile:hover { border-color: var(--accent); }
.tile b { display: block; font-size: 1.375rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile.wrong { border-left: 4px solid var(--bad); }
.tile.wrong b { color: var(--bad); }
.order { display: grid; grid-template-columns: 1fr auto; gap: .125rem 1rem; align-items: baseline; }
.order .name { font-weight: 600; }
.order .name a { color: var(--ink); }
.order .money { font-variant-numeric: tabular-nums; font-weight: 600; text-align: right; white-space: nowrap; }
.order .asks { grid-column: 1 / -1; }
.order.ticked { grid-template-columns: auto 1fr auto; }
.order.ticked .tick { grid-row: 1 / span 3; padding: .25rem .25rem 0 0; }
.order.ticked .tick input { width: 1.25rem; height: 1.25rem; margin: 0; accent-color: var(--accent); }
.order.ticked > div:not(.tick):nth-child(n + 4) { grid-column: 2 / -1; }
.pill { display: inline-block; border-radius: 999px; padding: .0625rem .625rem; font-size: .8125rem; font-weight: 600; background: var(--ground); color: var(--soft); border: 1px solid var(--line); vertical-align: .125em; }
.pill.asks { background: var(--warn-soft); color: var(--warn); border-color: transparent; }
.pill.confirmed { background: var(--accent-soft); color: var(--accent); border-color: transparent; }
.pill.failed { background: var(--bad-soft); color: var(--bad); border-color: transparent; }
.asking { border-left: 4px solid var(--warn); }
.asking h2 { margin-bottom: .25rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .375rem 1.25rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; min-width: 0; }
.story li { display: grid; grid-template-columns: 9.5rem 5.5rem 1fr; gap: 0 1rem; padding: .3125rem 0; border-bottom: 1px solid var(--line); }
.story li:last-child { border-bottom: 0; }
.story time { font-size: .875rem; font-variant-numeric: tabular-nums; line-height: 1.7; }
.story .asks { color: var(--warn); font-weight: 600; }
.story.one li { grid-template-columns: 11.5rem 1fr; }
form { margin: 0; }
label { display: block; font-weight: 600; margin: 0 0 .75rem; }
label .soft { font-weight: 400; }
input, select, textarea { display: block; width: 100%; min-height: 2.75rem; margin-top: .25rem; padding: .5rem .75rem; font: inherit; font-weight: 400; color: inherit; background: var(--paper); border: 1px solid var(--edge); border-radius: 8px; }
input[type='checkbox'], input[type='radio'] { display: inline-block; width: auto; min-height: 0; accent-color: var(--accent); }
button, .button { display: inline-block; min-height: 2.75rem; padding: .5rem 1.125rem; font: inherit; font-weight: 600; border-radius: 8px; cursor: pointer; border: 1px solid var(--edge); background: var(--paper); color: var(--ink); text-decoration: none; }
button:hover, .button:hover { border-color: var(--accent); color: var(--accent); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button.main:hover { filter: brightness(1.08); color: var(--on-accent); }
button.bad { color: var(--bad); border-color: var(--bad); }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; }
summary { cursor: pointer; padding: .25rem 0; font-weight: 600; }
details[open] > summary { margin-bottom: .75rem; }
fieldset { border: 0; padding: 0; margin: 0 0 .75rem; min-width: 0; }
legend { padding: 0; font-weight: 600; margin-bottom: .25rem; }
.choice { font-weight: 400; margin: 0 0 .375rem; display: flex; gap: .5rem; align-items: baseline; }
.note { border-radius: 10px; padding: .75rem 1rem; margin: .75rem 0; background: var(--accent-soft); color: var(--accent); }
.note.bad { background: var(--bad-soft); color: var(--bad); }
.note.warn { background: var(--warn-soft); color: var(--warn); }
.note p { margin: 0; }
.pages { display: flex; gap: .5rem; margin-top: 1rem; }
.step:has(~ .step), .step:has(~ .over), .stop:has(~ .over) { display: none; }
.results { margin-bottom: .75rem; }
.results li { padding: .375rem 0; border-bottom: 1px solid var(--line); }
.results li:last-child { border-bottom: 0; }
progress { width: 100%; height: .75rem; accent-color: var(--accent); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 40rem) {
  h1 { font-size: 1.3125rem; }
  header b { flex: 1 1 auto; }
  header .who { order: 1; }
  header nav { order: 2; flex: 1 1 100%; margin: 0 -.75rem; }
  header .find { order: 3; }
  .need { grid-template-columns: 1fr; }
  .need .sum { grid-row: auto; grid-column: 1; text-align: left; display: flex; gap: .5rem; align-items: baseline; margin-top: .375rem; }
  .need .sum b { display: inline; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .625rem; }
  .story li, .story.one li { grid-template-columns: auto 1fr; gap: 0 .75rem; padding: .5rem 0; }
  .story .what { grid-column: 1 / -1; }
  .buttons > button, .buttons > form, .buttons > form > button { flex: 1 1 12rem; width: 100%; }
}
`;

export const STYLE_PATH = `/desk/style-${createHash('sha256').update(STYLE).digest('hex').slice(0, 12)}.css`;
