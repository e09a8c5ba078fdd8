// The one stylesheet, written into every page so that a page needs nothing else.
export const STYLE = `
:root { --ink: #17212b; --soft: #5b6875; --line: #e2e7ec; --paper: #fff; --ground: #f4f6f8; --accent: #00705f; --accent-soft: #e3f4f0;
  --warn: #8a4b00; --warn-soft: #fff1dc; --bad: #a1203a; --bad-soft: #fdeaed; color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; justify-content: space-between; padding: .75rem 1rem;
  background: var(--paper); border-bottom: 1px solid var(--line); }
header span { color: var(--soft); font-size: .875rem; }
nav { display: flex; gap: .25rem; }
nav a { padding: .375rem .75rem; border-radius: 999px; color: var(--soft); text-decoration: none; }
nav a[aria-current] { background: var(--accent-soft); color: var(--accent); font-weight: 600; }
main { max-width: 46rem; margin: 0 auto; padding: 1rem; }
.customer main { max-width: 28rem; }
h1 { font-size: 1.375rem; line-height: 1.25; margin: .5rem 0 1rem; }
h2 { font-size: 1rem; margin: 0 0 .75rem; }
p { margin: 0 0 .75rem; }
a { color: var(--accent); }
code { font: .875em ui-monospace, Menlo, Consolas, monospace; background: var(--ground); border-radius: 4px; padding: .0625rem .25rem; }
.card { display: block; background: var(--paper); border: 1px solid var(--line); border-radius: 14px; padding: 1rem; margin: 0 0 1rem;
  box-shadow: 0 1px 2px rgb(23 33 43 / 4%); }
a.card { color: inherit; text-decoration: none; }
a.card:hover { border-color: var(--accent); }
.card > :last-child { margin-bottom: 0; }
.row { display: flex; gap: .25rem 1rem; justify-content: space-between; align-items: baseline; flex-wrap: wrap; }
.row > b { flex: 1 1 auto; min-width: 0; }
.row > :last-child { margin-left: auto; }
.soft { color: var(--soft); font-size: .875rem; }
.empty { text-align: center; color: var(--soft); padding: 2rem 1rem; }
.pill { display: inline-block; border-radius: 999px; padding: .125rem .625rem; font-size: .8125rem; font-weight: 600; background: var(--ground); color: var(--soft); }
.pill.pending { background: var(--warn-soft); color: var(--warn); }
.pill.confirmed, .pill.completed { background: var(--accent-soft); color: var(--accent); }
.pill.cancelled, .pill.declined { background: var(--bad-soft); color: var(--bad); }
.sms { background: var(--accent-soft); border-radius: 16px 16px 16px 4px; padding: .75rem 1rem; margin: 0 2rem .25rem 0; }
.stamp { color: var(--soft); font-size: .8125rem; margin: 0 0 1rem .25rem; }
ul, ol { list-style: none; margin: 0 0 .75rem; padding: 0; }
li { padding: .5rem 0; border-bottom: 1px solid var(--line); }
li:last-child { border-bottom: 0; }
.total { border-top: 2px solid var(--ink); padding-top: .75rem; font-size: 1.125rem; font-weight: 700; }
form { margin: 0 0 .75rem; }
.find { margin-bottom: 1rem; }
summary { cursor: pointer; }
details[open] > summary { margin-bottom: .75rem; }
form:last-child { margin-bottom: 0; }
label { display: block; font-weight: 600; margin: 0 0 .75rem; }
label[for] { margin: 0; }
label[for] + * { margin-bottom: .75rem; }
input, select, textarea { display: block; width: 100%; margin-top: .25rem; padding: .625rem .75rem; font: inherit; font-weight: 400; color: inherit; background: var(--paper);
  border: 1px solid #8794a1; border-radius: 10px; }
input.code { font: 600 1.5rem/1.5 ui-monospace, Menlo, Consolas, monospace; letter-spacing: .4em; text-align: center; }
button { width: 100%; min-height: 2.75rem; padding: .5rem 1rem; font: inherit; font-weight: 600; border-radius: 10px; cursor: pointer;
  border: 1px solid var(--line); background: var(--paper); color: var(--ink); }
button.main { background: var(--accent); border-color: var(--accent); color: #fff; }
button.bad { color: var(--bad); }
.buttons { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .5rem; }
.buttons form { margin: 0; }
.buttons:empty { display: none; }
.buttons + .soft { margin-top: .75rem; }
button:hover { filter: brightness(.96); }
:focus-visible { outline: 3px solid #66c2b3; outline-offset: 2px; }
.note { border-radius: 10px; padding: .75rem 1rem; margin: 0 0 1rem; background: var(--warn-soft); color: var(--warn); }
.note.bad { background: var(--bad-soft); color: var(--bad); }
.sign { width: 4rem; height: 4rem; line-height: 4rem; border-radius: 50%; text-align: center; font-size: 1.75rem; margin: 1rem auto; background: var(--accent-soft); color: var(--accent); }
.sign.bad { background: var(--bad-soft); color: var(--bad); }
.result { text-align: center; }
`;
