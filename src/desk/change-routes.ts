// The routes by which orders are changed: a form, a page that asks, the errand, and its progress.
import type { Request, Response, Router } from 'express';
import express from 'express';
import { setTimeout as sleep } from 'node:timers/promises';
import { findOrder } from '../gateway/search.ts';
import { turns } from '../gateway/turns.ts';
import { failedCsv } from '../ops/change-file.ts';
import type { Change, Changing } from '../ops/change.ts';
import { changer } from '../ops/change.ts';
import type { Planned } from '../ops/plan.ts';
import { plan } from '../ops/plan.ts';
import { parseOrderId } from '../order/ids.ts';
import type { By } from '../order/order.ts';
import { confirmPage } from './confirm.ts';
import type { Wanted } from './forms.ts';
import { MOST_CHANGES, readChange } from './forms.ts';
import type { Read } from './needs.ts';
import { AGE_NAMES, isOfAge, LIST_NAMES, listOf, oldestFirst, readAll } from './needs.ts';
import { beginPage, sendPage } from './page.ts';
import { operatorsOnly, personOf } from '../admin/people.ts';
import { readForm } from './read-form.ts';
import { errandEnd, errandHead, errandStep, errandTitle, stopForm } from './errand-page.ts';
import type { Errand, Errands } from './errands.ts';
import { createErrands } from './errands.ts';
import { orderPath } from './words.ts';

const READS_AT_ONCE = 10;
const READ_PATIENCE_MS = 60_000;
/** A command is settled by then, or its order tells later. */
const ONE_ORDER_MS = 11_000;
/** Between two pieces of a page. */
const STEP_MS = 500;

export type Changes = { router: Router; errands: Errands };

export function changeRoutes(to: Changing, read: Read, notThere: (res: Response) => void): Changes {
  const router = express.Router();
  const errands = createErrands((by) => changer(to, by));
  const inTurn = turns({ perGroup: READS_AT_ONCE, waiting: Infinity, patienceMs: READ_PATIENCE_MS });
  const byOf = (res: Response, { note }: Wanted): By => ({ operator: personOf(res).name, note });

  async function idsOf(form: URLSearchParams): Promise<string[]> {
    const name = LIST_NAMES.find((known) => known === form.get('of'));
    if (form.get('which') !== 'all' || name === undefined)
      return [...new Set(form.getAll('id'))].filter((id) => parseOrderId(id) !== null);
    const age = AGE_NAMES.find((known) => known === form.get('age'));
    const list = listOf(name);
    const { orders } = await readAll(read, list.search());
    const chosen = orders.filter((order) => age === undefined || isOfAge(list.since(order), age));
    return oldestFirst(chosen, name)
      .slice(0, MOST_CHANGES)
      .map(({ id }) => id);
  }

  async function planAll({ ids, change }: Wanted, by: By): Promise<Planned[]> {
    const one = async (id: string) => plan({ ...change, id }, (await findOrder(to.client, id))?.order ?? null, by);
    return Promise.all(ids.map((id) => inTurn('', () => one(id))));
  }

  async function ask(req: Request, res: Response): Promise<void> {
    const form = await readForm(req, res);
    const wanted = readChange(form, await idsOf(form));
    const by = byOf(res, wanted);
    sendPage(res, { title: 'Go on?', body: confirmPage(wanted, await planAll(wanted, by), by) });
  }
  router.post('/desk/changes', operatorsOnly, ask);

  async function begin(req: Request, res: Response): Promise<void> {
    const form = await readForm(req, res);
    const wanted = readChange(form, form.getAll('id'));
    const changes = wanted.ids.map((id, index): Change => ({ ...wanted.change, id, asked: wanted.asked[index] }));
    const errand = errands.start(changes, byOf(res, wanted));
    const [only] = changes;
    if (only === undefined || changes.length > 1) return res.redirect(303, `/desk/errands/${errand.id}`);
    await Promise.race([errand.ended, sleep(ONE_ORDER_MS)]);
    res.redirect(303, `${orderPath(only.id)}?errand=${errand.id}`);
  }
  router.post('/desk/errands', operatorsOnly, begin);

  /** Gives the errand to `then`, or says that there is none. */
  const withErrand =
    (then: (errand: Errand, res: Response) => unknown) =>
    (req: Request, res: Response): unknown => {
      const errand = errands.get(String(req.params['errand']));
      return errand === null ? notThere(res) : then(errand, res);
    };

  router.get('/desk/errands/:errand', withErrand(sendProgress));

  router.post(
    '/desk/errands/:errand/stop',
    operatorsOnly,
    withErrand((errand, res) => {
      errand.stop();
      res.redirect(303, `/desk/errands/${errand.id}`);
    }),
  );

  router.get(
    '/desk/errands/:errand/failed.csv',
    operatorsOnly,
    withErrand((errand, res) => {
      const failed = errand.results.filter(({ outcome }) => outcome === 'failed');
      res
        .attachment(`failed-${errand.id.slice(0, 8)}.csv`)
        .type('csv')
        .send(failedCsv(failed));
    }),
  );

  return { router, errands };
}

async function sendProgress(errand: Errand, res: Response): Promise<void> {
  const mayAct = personOf(res).role === 'operator';
  const page = beginPage(res, errandTitle(errand));
  page.write(errandHead(errand));
  if (!errand.isOver()) {
    if (mayAct) page.write(stopForm(errand));
    while (!errand.isOver() && !res.destroyed) {
      page.write(errandStep(errand));
      await Promise.race([errand.ended, sleep(STEP_MS)]);
    }
    page.write(errandStep(errand));
  }
  page.write(errandEnd(errand, mayAct));
  page.end();
}
