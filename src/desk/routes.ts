// src/desk: the desk: pages on the admin side for operators who would rather look than type.
//
// Its routes. All that a page shows was read from Temporal for that page.
import type { Client } from '@temporalio/client';
import type { ErrorRequestHandler, Request, Response, Router } from 'express';
import express from 'express';
import { z } from 'zod';
import { html } from '../admin/html.ts';
import { Problem, PROBLEMS } from '../api/http/problem.ts';
import { LIST_READ_MS } from '../contract/time-limits.ts';
import { call } from '../gateway/call.ts';
import { countOpen, countRuns } from '../gateway/count-orders.ts';
import { TemporalUnavailableError } from '../gateway/errors.ts';
import { lister } from '../gateway/list.ts';
import { UNHEARD } from '../gateway/saved-queries.ts';
import { findOrder } from '../gateway/search.ts';
import { shared } from '../gateway/shared-read.ts';
import type { Story } from '../gateway/story.ts';
import { storyOf } from '../gateway/story.ts';
import type { Changing } from '../ops/change.ts';
import { errorInWords } from '../ops/in-words.ts';
import { parseOrderId } from '../order/ids.ts';
import type { Order } from '../order/order.ts';
import { changeRoutes } from './change-routes.ts';
import { homePage } from './home.ts';
import { listPage } from './list.ts';
import type { Age, ListName } from './needs.ts';
import { AGE_NAMES, LIST_NAMES, listOf, LISTS, readAll } from './needs.ts';
import type { Links } from './order.ts';
import { orderPage } from './order.ts';
import { sendPage } from './page.ts';
import type { Decoded } from '../admin/codec-routes.ts';
import type { People } from '../admin/people.ts';
import { operatorsOnly, personOf } from '../admin/people.ts';
import { LoginProblem } from '../admin/problem.ts';
import { readForm } from './read-form.ts';
import { find, foundPage } from './search.ts';
import { STYLE, STYLE_PATH } from './style.ts';
import { orderPath } from './words.ts';

export type DeskParts = Changing & {
  people: People;
  /** Hears of each customer whose data is shown. */
  decoded: (what: Decoded) => void;
  links: Omit<Links, 'namespace'>;
};

const listQuery = z.object({
  of: z.enum(LIST_NAMES as readonly [ListName, ...ListName[]]),
  age: z.enum(AGE_NAMES as [Age, ...Age[]]).optional(),
  page: z.coerce.number().int().min(1).max(1_000).default(1),
});
const errandIn = z.object({ errand: z.string().max(64).catch('') });
const searchForm = z.object({ q: z.string().trim().min(1).max(300) });

/** All histories of an order. */
const STORY_MS = 10_000;

/** `stop`: begins no more of what operators have told it to do. */
export type Desk = { router: Router; stop: () => Promise<void> };

export function deskRoutes({ client, people, decoded, taskQueue, payloadKeys, links }: DeskParts): Desk {
  const router = express.Router();
  const allLinks = { ...links, namespace: client.options.namespace };
  const read = lister({ client, payloadKeys, timeoutMs: LIST_READ_MS });
  const standing = shared(async () => {
    const now = new Date();
    const [asking, late, stuck, nearMisses, untold] = await Promise.all([
      readAll(read, LISTS.attention.search()),
      countOpen(client, LISTS.late.search()),
      countOpen(client, LISTS.stuck.search()),
      countRuns(client, UNHEARD.nearMisses(now)),
      countRuns(client, UNHEARD.untold(now)),
    ]);
    return { asking, late, stuck, nearMisses, untold };
  });
  const told = shared((id) => tell(client, id));
  const changes = changeRoutes({ client, taskQueue, payloadKeys }, read, notThere);

  router.get(STYLE_PATH, (_req, res) => {
    res.set('Cache-Control', 'private, max-age=31536000, immutable').type('css').send(STYLE);
  });

  router.use(people.known);
  router.get('/', (_req, res) => res.redirect(303, '/desk'));
  router.get('/desk', async (_req, res) => {
    sendPage(res, { title: 'What needs you now', here: '/desk', body: homePage(await standing(''), allLinks) });
  });

  async function showList(req: Request, res: Response): Promise<void> {
    const query = listQuery.safeParse(req.query);
    if (!query.success) return notThere(res);
    const { of: name, age, page } = query.data;
    const list = listOf(name);
    const body = listPage({ name, age, page, mayAnswer: mayAct(res) }, await readAll(read, list.search()));
    const here = name === 'late' || name === 'stuck' ? (`/desk/orders?of=${name}` as const) : null;
    sendPage(res, { title: list.title, ...(here && { here }), body });
  }
  router.get('/desk/orders', showList);

  async function showFound(req: Request, res: Response): Promise<void> {
    const form = searchForm.safeParse(Object.fromEntries(await readForm(req, res)));
    if (!form.success) return res.redirect(303, '/desk');
    const { q } = form.data;
    if (parseOrderId(q) !== null) return res.redirect(303, orderPath(q));
    const found = await find(read, q, mayAct(res));
    const [only] = found.orders;
    if (only !== undefined && found.orders.length === 1 && found.unreadable.length === 0)
      return res.redirect(303, orderPath(only.id));
    sendPage(res, { title: 'Found', body: foundPage(found) });
  }
  router.post('/desk/search', showFound);

  async function showOrder(req: Request, res: Response, isRevealed: boolean): Promise<void> {
    const id = String(req.params['id']);
    const found = await told(id);
    if (found === null) return notThere(res);
    if (found.order === null) {
      const body = html`<h1>This order cannot be read</h1>
        <p class="lead"><code>${id}</code>: no key of PAYLOAD_KEYS can read it.</p>`;
      return sendPage(res, { title: 'Cannot be read', body });
    }
    const { order, story } = found;
    const errand = changes.errands.get(errandIn.parse(req.query).errand);
    const body = orderPage({
      order,
      story,
      links: allLinks,
      isRevealed,
      mayAct: mayAct(res),
      // An errand of another order says nothing here.
      errand: errand?.changes.some((change) => change.id === id) === true ? errand : null,
    });
    sendPage(res, { title: order.reference, body });
  }

  router.get('/desk/orders/:id', (req, res) => showOrder(req, res, false));
  async function showCustomer(req: Request, res: Response): Promise<void> {
    await readForm(req, res);
    decoded({ person: personOf(res), payloads: 1, ids: [String(req.params['id'])] });
    await showOrder(req, res, true);
  }
  router.post('/desk/orders/:id/customer', operatorsOnly, showCustomer);

  router.use(changes.router, onError);
  return { router, stop: () => changes.errands.stop() };
}

const mayAct = (res: Response): boolean => personOf(res).role === 'operator';

type Told = { order: Order; story: Story | null } | { order: null } | null;

/** An order is shown without its story where that cannot be read. */
async function tell(client: Client, id: string): Promise<Told> {
  const found = await findOrder(client, id);
  if (found === null) return null;
  const { order } = found;
  if (order === null) return { order };
  return { order, story: await call(client, STORY_MS, () => storyOf(client, order)).catch(() => null) };
}

function notThere(res: Response): void {
  const body = html`<h1>Nothing is here</h1>
    <p class="lead">There is no such page, or no such order. <a href="/desk">What needs you now</a></p>`;
  sendPage(res, { title: 'Nothing is here', body }, 404);
}

const onError: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  // Of nobody who is known, or may be here: pages are for people.
  if (res.headersSent || error instanceof LoginProblem || res.locals.person === undefined) return next(error);
  // The address has a `%` that begins nothing.
  if (error instanceof URIError) return notThere(res);
  const status =
    error instanceof Problem ? PROBLEMS[error.code].status : error instanceof TemporalUnavailableError ? 503 : 500;
  const what = status === 500 ? 'The page failed here.' : errorInWords(error);
  const body = html`<h1>This did not work</h1>
    <p class="note bad">${what}</p>
    <p><a href="/desk">What needs you now</a></p>`;
  sendPage(res, { title: 'This did not work', body }, status);
};
