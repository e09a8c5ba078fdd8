// The page that switches faults on and off: those that are on, those that were used up, and a form for each that there is.
import type { Response, Router } from 'express';
import express from 'express';
import { z } from 'zod';
import { FAULT_CALLS, FAULT_KINDS } from '../fault-table.ts';
import type { ActiveFault, FaultBoard, UsedUpFault } from '../faults.ts';
import type { LedgerReader } from '../ledger-reader.ts';
import { MAGIC_REFERENCES } from '../magic-references.ts';
import type { FaultHit } from '../records.ts';
import { faultForm, readSettings } from './fault-form.ts';
import { time } from './format.ts';
import type { Html } from '../../admin/html.ts';
import { html } from '../../admin/html.ts';
import { sendPage } from './layout.ts';

const addForm = z
  .object({ reference: z.string().min(1), call: z.enum(FAULT_CALLS), kind: z.enum(FAULT_KINDS) })
  .catchall(z.string());
const removeForm = z.object({ id: z.coerce.number().int() });

const FORMS = html`<h2>Switch a fault on</h2>
  ${FAULT_KINDS.map(faultForm)}`;

const MAGIC = html`<section class="card">
  <h2>References that ask for it</h2>
  <p class="soft">An order whose reference begins so meets it by itself.</p>
  <ul>
    ${MAGIC_REFERENCES.map(({ begins, means }) => html`<li><b>${begins}</b> <span class="soft">${means}</span></li>`)}
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

const usedUpLine = ({ reference, call, fault, hits, used_up_at }: UsedUpFault) =>
  html`<li class="row">
    <span><b>${fault.kind}</b> <span class="soft">${call} of ${reference}, ${hits} ×</span></span
    ><span class="soft">${time(used_up_at)}</span>
  </li>`;

const hitLine = ({ reference, call, kind, hits }: FaultHit) =>
  html`<li class="row">
    <span><b>${kind}</b> <span class="soft">${call} of ${reference}</span></span
    ><span>${hits} ×</span>
  </li>`;

const list = (title: string, lines: Html[]) =>
  lines.length === 0
    ? null
    : html`<section class="card">
        <h2>${title}</h2>
        <ul>
          ${lines}
        </ul>
      </section>`;

export function faultPages(faults: FaultBoard, reader: LedgerReader): Router {
  function show(res: Response, mistake: string | null): void {
    const body = html`
      <h1>Faults</h1>
      ${mistake === null ? null : html`<p class="note bad" role="alert">${mistake}</p>`}
      ${faults.list().map(activeCard)} ${list('Used up', faults.usedUp().map(usedUpLine))}
      ${list('Took effect', reader.faultHits().map(hitLine))} ${FORMS} ${MAGIC}
    `;
    sendPage(res, { title: 'Faults', here: '/faults', body }, mistake === null ? 200 : 422);
  }

  const router = express.Router().use('/faults', express.urlencoded({ extended: false, limit: '64kb' }));
  router.get('/faults', (_req, res) => show(res, null));
  router.post('/faults', (req, res) => {
    try {
      const { reference, call, kind, ...settings } = addForm.parse(req.body);
      faults.addUnchecked(reference, call, { ...readSettings(kind, settings), kind }, false);
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
