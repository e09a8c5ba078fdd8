// The page of a run: it is sent while the run goes on, piece by piece, so that a browser shows the progress without a script.
import type { Html } from '../admin/html.ts';
import { html } from '../admin/html.ts';
import type { Done } from '../ops/carry-out.ts';
import { sumOf } from '../ops/carry-out.ts';
import type { Run } from './runs.ts';
import { orderPath } from './words.ts';

export function runTitle({ changes }: Run): string {
  const actions = [...new Set(changes.map(({ action }) => action))].join(', ');
  return `${actions}: ${changes.length} order${changes.length === 1 ? '' : 's'}`;
}

export function runHead(run: Run): Html {
  return html`<h1>${runTitle(run)}</h1>
    <p class="lead">by ${run.by.operator}: “${run.by.note}”</p>`;
}

/** Of these the last one is shown. */
export function runStep({ results, changes }: Run): Html {
  const failed = results.filter(({ outcome }) => outcome === 'failed').length;
  return html`<p class="step">
    <progress aria-label="Progress" value="${results.length}" max="${changes.length}"></progress>
    ${results.length} of ${changes.length}${failed === 0 ? '' : `, ${failed} failed`}
  </p>`;
}

export function stopForm(run: Run): Html {
  return html`<form class="stop" method="post" action="/desk/runs/${run.id}/stop">
    <button class="bad">Stop</button>
  </form>`;
}

export function runEnd(run: Run): Html {
  const { results } = run;
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  const others = results.filter(({ outcome }) => outcome !== 'failed');
  return html`
    <p class="note over ${failed.length === 0 ? '' : 'bad'}"><b>${sumOf(results)}</b></p>
    ${failed.length === 0 ? null : failures(run, failed)}
    ${
      others.length === 0
        ? null
        : html`<section class="card">
            <h2>Done</h2>
            <ul class="results">
              ${others.map(resultItem)}
            </ul>
          </section>`
    }
    <p><a href="/desk">What needs you now</a></p>
  `;
}

function failures({ id, by }: Run, failed: readonly Done[]): Html {
  const [first] = failed;
  return html`<section class="card asking">
    <h2>Failed</h2>
    <ul class="results">
      ${failed.map(resultItem)}
    </ul>
    <form method="post" action="/desk/changes">
      ${failed.map((one) => html`<input type="hidden" name="id" value="${one.id}" />`)}
      <input type="hidden" name="note" value="${by.note}" />
      <input type="hidden" name="number" value="${first?.number ?? ''}" />
      <input type="hidden" name="phone" value="${first?.phone ?? ''}" />
      <p class="soft">What was done is done only once, however often it is asked for in the same words.</p>
      <div class="buttons">
        <button name="action" value="${first?.action ?? ''}">Try these again</button>
        <a class="button" href="/desk/runs/${id}/failed.csv">As a file, for <code>temporal orders apply</code></a>
      </div>
    </form>
  </section>`;
}

function resultItem({ id, outcome, what }: Done): Html {
  return html`<li><a href="${orderPath(id)}">${id}</a> <b>${outcome}</b>: ${what}</li>`;
}

/** On the page of its order. */
export function runNote(run: Run): Html {
  const [result] = run.results;
  if (result === undefined) return html`<p class="note warn" role="status">It is being done: load this page again.</p>`;
  const { outcome, what, action } = result;
  return html`<p class="note ${outcome === 'failed' ? 'bad' : ''}" role="status">
    <b>${action}: ${outcome}.</b> ${what}
  </p>`;
}
