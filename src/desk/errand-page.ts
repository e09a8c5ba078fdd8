// The page of an errand: it is sent while the errand goes on, piece by piece, so that a browser shows the progress without a script.
import type { Html } from '../admin/html.ts';
import { html } from '../admin/html.ts';
import type { Done } from '../ops/carry-out.ts';
import { sumOf } from '../ops/carry-out.ts';
import type { Errand } from './errands.ts';
import { orderPath } from './words.ts';

export function errandTitle({ changes }: Errand): string {
  const actions = [...new Set(changes.map(({ action }) => action))].join(', ');
  return `${actions}: ${changes.length} order${changes.length === 1 ? '' : 's'}`;
}

export function errandHead(errand: Errand): Html {
  return html`<h1>${errandTitle(errand)}</h1>
    <p class="lead">by ${errand.by.operator}: “${errand.by.note}”</p>`;
}

/** Of these the last one is shown. */
export function errandStep({ results, changes }: Errand): Html {
  const failed = results.filter(({ outcome }) => outcome === 'failed').length;
  return html`<p class="step">
    <progress aria-label="Progress" value="${results.length}" max="${changes.length}"></progress>
    ${results.length} of ${changes.length}${failed === 0 ? '' : `, ${failed} failed`}
  </p>`;
}

export function stopForm(errand: Errand): Html {
  return html`<form class="stop" method="post" action="/desk/errands/${errand.id}/stop">
    <button class="bad">Stop</button>
  </form>`;
}

/** `mayAct`: an operator looks; a reader may not see to which phone an SMS went. */
export function errandEnd(errand: Errand, mayAct: boolean): Html {
  const { results } = errand;
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  const others = results.filter(({ outcome }) => outcome !== 'failed');
  return html`
    <p class="note over ${failed.length === 0 ? '' : 'bad'}"><b>${sumOf(results)}</b></p>
    ${failed.length === 0 ? null : failures(errand, failed, mayAct)}
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

function failures({ id, by }: Errand, failed: readonly Done[], mayAct: boolean): Html {
  const [first] = failed;
  return html`<section class="card asking">
    <h2>Failed</h2>
    <ul class="results">
      ${failed.map(resultItem)}
    </ul>
    ${
      mayAct
        ? html`<form method="post" action="/desk/changes">
            ${failed.map((one) => html`<input type="hidden" name="id" value="${one.id}" />`)}
            <input type="hidden" name="note" value="${by.note}" />
            <input type="hidden" name="number" value="${first?.number ?? ''}" />
            <input type="hidden" name="phone" value="${first?.phone ?? ''}" />
            <p class="soft">What was done is done only once, however often it is asked for in the same words.</p>
            <div class="buttons">
              <button name="action" value="${first?.action ?? ''}">Try these again</button>
              <a class="button" href="/desk/errands/${id}/failed.csv"
                >As a file, for <code>temporal orders apply</code></a
              >
            </div>
          </form>`
        : null
    }
  </section>`;
}

function resultItem({ id, outcome, what }: Done): Html {
  return html`<li><a href="${orderPath(id)}">${id}</a> <b>${outcome}</b>: ${what}</li>`;
}

/** On the page of its order. */
export function errandNote(errand: Errand): Html {
  const [result] = errand.results;
  if (result === undefined) return html`<p class="note warn" role="status">It is being done: load this page again.</p>`;
  const { outcome, what, action } = result;
  return html`<p class="note ${outcome === 'failed' ? 'bad' : ''}" role="status">
    <b>${action}: ${outcome}.</b> ${what}
  </p>`;
}
