// Who may do what at the desk, asked of its routes before they ask Temporal for anything.
import assert from 'node:assert/strict';
import type { RequestHandler } from 'express';
import { describe, it } from 'node:test';
import type { Person } from '../../../src/admin/people.ts';
import { LoginProblem } from '../../../src/admin/problem.ts';
import { Problem } from '../../../src/api/http/problem.ts';
import { deskRoutes } from '../../../src/desk/routes.ts';
import { createClient } from '../../../src/temporal/connection.ts';
import { openAdmin } from '../../support/admin.ts';
import { PAYLOAD_KEYS } from '../../support/canaries.ts';

const AWAY = {
  temporal: { connectionOptions: { address: '127.0.0.1:1' }, namespace: 'default' },
  payloadKeys: PAYLOAD_KEYS,
};
const CHANGES = [
  '/desk/changes',
  '/desk/errands',
  '/desk/errands/any/stop',
  `/desk/orders/${encodeURIComponent('order:merchant_1:any')}/customer`,
];
const REA: Person = { name: 'rea', sub: 'r1', role: 'reader' };
const ANA: Person = { name: 'ana', sub: 'a1', role: 'operator' };

/** An error: nobody who is known, or may be here. */
async function ask(
  person: Person | Error | null,
  method: 'GET' | 'POST',
  path: string,
  form: Record<string, string> = {},
) {
  const known: RequestHandler = (_req, res, next) => {
    if (person === null) throw new LoginProblem('login_needed', 'Log in.');
    if (person instanceof Error) throw person;
    res.locals.person = person;
    res.locals.hasSession = true;
    next();
  };
  const people = { known, addRoutes() {}, headers: [] };
  const heard: unknown[] = [];
  const { router, stop } = deskRoutes({
    client: createClient(AWAY),
    people,
    decoded: (what) => void heard.push(what),
    taskQueue: 'any',
    payloadKeys: PAYLOAD_KEYS,
    links: { temporalUiUrl: null, docsUrl: null },
  });
  const admin = await openAdmin({
    people,
    routes: router,
    forms: true,
    callers: { hosts: [], origins: [], own: true },
  });
  const body = method === 'POST' ? { body: new URLSearchParams(form) } : {};
  const answer = await fetch(admin.url + path, {
    method,
    headers: { origin: admin.url },
    redirect: 'manual',
    ...body,
  });
  const { status } = answer;
  const text = await answer.text();
  await admin.close();
  await stop();
  return { status, text, heard };
}

describe('the desk', () => {
  for (const path of CHANGES) {
    it(`lets no reader do ${path}`, async () => {
      const { status, heard } = await ask(REA, 'POST', path, {
        note: 'why',
        action: 'cancel',
      });
      assert.deepEqual([status, heard], [403, []]);
    });
    it(`asks who does ${path}`, async () => assert.equal((await ask(null, 'POST', path)).status, 401));
  }

  for (const path of [
    '/desk',
    '/desk/orders?of=late',
    '/desk/orders/any',
    '/desk/errands/any',
    '/desk/errands/any/failed.csv',
  ])
    it(`asks who reads ${path}`, async () => assert.equal((await ask(null, 'GET', path)).status, 401));

  it('gives no reader the file of what failed, which may have phones', async () => {
    assert.equal((await ask(REA, 'GET', '/desk/errands/any/failed.csv')).status, 403);
  });

  it('says to an account without a role that it has none', async () => {
    const without = new Problem('forbidden', 'This account has no role here.');
    const { status, text } = await ask(without, 'GET', '/desk');
    assert.deepEqual([status, (JSON.parse(text) as { code: string }).code], [403, 'forbidden']);
  });

  it('has a button to log out', async () => {
    const { text } = await ask(REA, 'GET', '/desk/orders/no-id');
    assert.match(text, /<form method="post" action="\/logout">/);
  });

  it('hears which customer an operator has shown to him', async () => {
    const person = ANA;
    const { heard } = await ask(person, 'POST', CHANGES.at(-1) ?? '');
    assert.deepEqual(heard, [{ person, payloads: 1, ids: ['order:merchant_1:any'] }]);
  });

  it('says that Temporal does not answer, and not why in the words of a developer', async () => {
    const { status, text } = await ask(ANA, 'GET', '/desk');
    assert.equal(status, 503);
    assert.match(text, /Temporal does not answer \(TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE\)/);
  });

  it('takes no order that has no form of one, and no list that is none', async () => {
    assert.equal((await ask(ANA, 'GET', '/desk/orders?of=nothing')).status, 404);
    assert.equal((await ask(ANA, 'GET', '/desk/orders?of=late&of=stuck')).status, 404);
    assert.equal((await ask(ANA, 'GET', '/desk/orders?of=late&page=0')).status, 404);
    assert.equal((await ask(ANA, 'GET', '/desk/orders/%ff')).status, 404);
    assert.equal((await ask(ANA, 'GET', '/desk/orders/no-id')).status, 404);
    assert.equal((await ask(ANA, 'POST', '/desk/changes', { action: 'cancel', note: 'why', id: '../x' })).status, 400);
  });
});
