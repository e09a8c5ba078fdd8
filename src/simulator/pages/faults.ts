// The page that switches faults on and off, with the table of all faults to choose from.
import type { Response, Router } from 'express';
import express from 'express';
import { z } from 'zod';
import type { FaultKind } from '../fault-table.ts';
import { defaultsOf, FAULT_CALLS, FAULT_KINDS, FAULTS } from '../fault-table.ts';
import type { ActiveFault, FaultBoard } from '../faults.ts';
import type { LedgerReader } from '../ledger-reader.ts';
import type { FaultHit } from '../records.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { sendPage } from './layout.ts';

const addForm = z.object({
  reference: z.string().min(1),
  call: z.enum(FAULT_CALLS),
  kind: z.enum(FAULT_KINDS),
  times: z.string().regex(/^\d*$/, 'a number, or nothing'),
  options: z.string().transform((text, context): object => {
    try {
      return z.looseObject({}).parse(JSON.parse(text || '{}'));
    } catch {
      context.addIssue('a JSON object');
      return z.NEVER;
    }
  }),
});
const removeForm = z.object({ id: z.coerce.number().int() });

const select = (name: string, values: readonly string[]) =>
  html`<select id="${name}" name="${name}">
    ${values.map((value) => html`<option>${value}</option>`)}
  </select>`;

const FORM = html`<form class="card" method="post" action="/faults">
  <h2>Add a fault</h2>
  <label for="reference">Reference (* for every order)</label>
  <input id="reference" name="reference" required value="*" />
  <label for="call">Call</label>
  ${select('call', FAULT_CALLS)}
  <label for="kind">Fault</label>
  ${select('kind', FAULT_KINDS)}
  <label for="times">How often (empty: until removed)</label>
  <input id="times" name="times" inputmode="numeric" value="1" />
  <label for="options">Options (JSON, see below)</label>
  <textarea id="options" name="options" rows="2">{}</textarea>
  <button class="main">Add</button>
</form>`;

function describe(kind: FaultKind): Html {
  const options = defaultsOf(kind);
  return html`<li>
    <b>${kind}</b> <span class="soft">${FAULTS[kind].calls.join(', ')}</span><br />${FAULTS[kind].means}
    ${Object.keys(options).length === 0 ? null : html`<br /><code>${JSON.stringify(options)}</code>`}
  </li>`;
}

const TABLE = html`<section class="card">
  <h2>All faults</h2>
  <ul>
    ${FAULT_KINDS.map(describe)}
  </ul>
</section>`;

const activeCard = ({ id, reference, call, fault, left, hits }: ActiveFault) => html`
  <form class="card" method="post" action="/faults/remove">
    <p class="row">
      <b>${fault.kind}</b><span class="pill pending">${left === null ? 'until removed' : `${left} more`}</span>
    </p>
    <p class="soft"><code>${call}</code> of <code>${reference}</code> · took effect ${hits} times</p>
    <button name="id" value="${id}" class="bad">Remove</button>
  </form>
`;

const hitLine = ({ reference, call, kind, hits }: FaultHit) =>
  html`<li class="row">
    <span><b>${kind}</b> <span class="soft">${call} of ${reference}</span></span
    ><span>${hits} ×</span>
  </li>`;

export function faultPages(faults: FaultBoard, reader: LedgerReader): Router {
  function show(res: Response, mistake: string | null): void {
    const hits = reader.faultHits();
    const body = html`
      <h1>Faults</h1>
      ${mistake === null ? null : html`<p class="note bad" role="alert">${mistake}</p>`}
      ${faults.list().map(activeCard)} ${FORM}
      ${
        hits.length === 0
          ? null
          : html`<section class="card">
              <h2>Took effect</h2>
              <ul>
                ${hits.map(hitLine)}
              </ul>
            </section>`
      }
      ${TABLE}
    `;
    sendPage(res, { title: 'Faults', here: '/faults', body }, mistake === null ? 200 : 422);
  }

  const router = express.Router().use('/faults', express.urlencoded({ extended: false, limit: '64kb' }));
  router.get('/faults', (_req, res) => show(res, null));
  router.post('/faults', (req, res) => {
    try {
      const { reference, call, kind, times, options } = addForm.parse(req.body);
      faults.addUnchecked(reference, call, { ...options, kind, times: times === '' ? null : Number(times) }, false);
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      return show(res, error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join('; '));
    }
    return res.redirect(303, '/faults');
  });
  router.post('/faults/remove', (req, res) => {
    faults.clear(removeForm.parse(req.body));
    res.redirect(303, '/faults');
  });
  return router;
}
