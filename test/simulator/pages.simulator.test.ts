// The pages need no browser to be safe: everything is escaped, nothing comes from elsewhere, and the buttons' endpoints answer.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { request } from 'undici';
import type { FaultCall } from '../../src/simulator/fault-table.ts';
import { FAULT_KINDS, parseFault, settingsOf } from '../../src/simulator/fault-table.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { create, createdId, sendSms, simulate } from './setup.ts';

const NASTY = `<script>alert("1")</script>'&`;

describe('the pages', () => {
  let simulator: Simulator;
  let id: number;
  let checkout: string;
  before(async () => {
    simulator = await simulate();
    id = await createdId(simulator, {
      reference: NASTY,
      given_names: NASTY,
      cart_items: [{ reference: 'a', name: NASTY, price_with_tax: 100, quantity: 1 }],
    });
    await sendSms(simulator, id);
    simulator.faults.set(NASTY, 'create', { kind: 'redirect', location: NASTY });
    checkout = `/checkout/${simulator.ledger.order(id)?.uuid}`;
  });
  after(() => simulator.close());

  const get = (path: string) => fetch(`${simulator.url}${path}`);
  const post = (path: string, fields: Record<string, string> = {}) =>
    fetch(`${simulator.url}${path}`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });

  test('escape everything, and carry a strict policy', async () => {
    const paths = [
      '/',
      '/orders',
      `/orders/${id}`,
      '/inbox',
      '/inbox/%2B34666123456',
      checkout,
      `${checkout}/closed`,
      '/faults',
    ];
    for (const path of paths) {
      const answer = await get(path);
      const text = await answer.text();
      assert.equal(answer.status, 200, path);
      assert.doesNotMatch(text, /<script/i, path);
      assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'sha256-/);
      assert.deepEqual(text.match(/(?:href|src|action)="https?:\/\/(?!127\.0\.0\.1)/g), null, path);
    }
    assert.match(await (await get(checkout)).text(), /&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;&#39;&amp;/);
  });

  test('know what is not there', async () => {
    for (const path of ['/orders/1', '/checkout/00000000-0000-0000-0000-000000000000', '/nothing']) {
      assert.equal((await get(path)).status, 404, path);
    }
  });

  test('a wrong code confirms nothing; the end of the phone number does', async () => {
    for (const fields of [{ code: '00000' }, {}]) {
      assert.equal((await post(`${checkout}/confirm`, fields)).headers.get('location'), `${checkout}?code=wrong`);
    }
    assert.equal(simulator.ledger.order(id)?.status, 'pending');
    const answer = await post(`${checkout}/confirm`, { code: ' 23456 ' });
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, checkout]);
    assert.equal(simulator.ledger.order(id)?.status, 'confirmed');
  });

  test('the buttons of the desk act on the order', async () => {
    const other = await createdId(simulator, { reference: 'desk' });
    assert.equal((await post(`/orders/${other}/decline`)).status, 303);
    await post(`/orders/${other}/webhook`, { event: 'order/mystery', event_id: 'e1' });
    await simulator.idle();
    assert.equal(simulator.ledger.order(other)?.declined, true);
    assert.deepEqual(
      simulator.ledger.webhooks('desk').map(({ event, event_id }) => [event, event_id]),
      [['order/mystery', 'e1']],
    );
  });

  test('the faults page adds, refuses and removes', async () => {
    simulator.faults.clear();
    const fields = {
      reference: 'ñ',
      call: 'cancel',
      kind: 'http_503',
      times: '',
      skip: '0',
      effect: 'true',
      shape: 'html',
      retry_after: '',
    };
    assert.equal((await post('/faults', fields)).status, 303);
    const [active] = simulator.faults.list();
    assert.deepEqual([active?.reference, active?.call, active?.left], ['ñ', 'cancel', null]);
    assert.deepEqual(active?.fault, {
      kind: 'http_503',
      times: null,
      skip: 0,
      effect: true,
      shape: 'html',
      retry_after: null,
    });
    const mistakes: Record<string, string>[] = [
      { call: 'webhook' },
      { kind: 'nothing' },
      { times: 'x' },
      { skip: '' },
      { effect: 'maybe' },
      { shape: 'round' },
      { reference: '' },
    ];
    for (const wrong of mistakes) {
      assert.equal((await post('/faults', { ...fields, ...wrong })).status, 422, JSON.stringify(wrong));
    }
    assert.equal((await post('/faults/remove', { id: String(active?.id) })).status, 303);
    assert.deepEqual(simulator.faults.list(), []);
  });

  for (const kind of FAULT_KINDS) {
    test(`the form of ${kind}, sent as it is shown, is that fault as it is by default`, async () => {
      simulator.faults.clear();
      const page = await (await get('/faults')).text();
      const [form = ''] = page.split('<details').filter((text) => text.includes(`name="kind" value="${kind}"`));
      const plain = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
      const inputs = [...form.matchAll(/<input[^>]* name="(\w+)"(?: required)? value="([^"]*)"/g)];
      const selects = [...form.matchAll(/<select name="(\w+)">([^]*?)<\/select>/g)].map(
        ([, name = '', options = '']): [string, string] => {
          const [, value = ''] = /<option selected>([^<]*)</.exec(options) ?? /<option>([^<]*)</.exec(options) ?? [];
          return [name, value];
        },
      );
      const fields = Object.fromEntries([
        ...inputs.map(([, name = '', value = '']) => [name, plain(value)]),
        ...selects,
      ]);
      const { call = '', ...rest } = fields as Record<string, string>;
      const needs = kind === 'redirect' ? { location: 'http://127.0.0.1:9/' } : {};
      assert.equal((await post('/faults', { ...rest, call, ...needs })).status, 303, JSON.stringify(fields));
      const [active] = simulator.faults.list();
      assert.deepEqual(active?.fault, parseFault(call as FaultCall, { kind, ...needs }));
      assert.deepEqual(
        Object.keys(rest).toSorted(),
        [...Object.keys(settingsOf(kind).shape), 'kind', 'reference'].toSorted(),
      );
    });
  }

  test('the faults page shows what was used up, and a reset forgets it', async () => {
    simulator.faults.clear();
    simulator.faults.add('used', 'create', { kind: 'http_500', times: 2 });
    const usedUp = async () => /Used up[^]*?http_500[^]*?create of used, 2 ×/.test(await (await get('/faults')).text());
    assert.equal(await usedUp(), false);
    for (const status of [500, 500, 200]) assert.equal((await create(simulator, { reference: 'used' })).status, status);
    assert.equal(await usedUp(), true);
    simulator.faults.clear();
    assert.equal(await usedUp(), false);
  });

  test('an SMS says which order it is of', async () => {
    const first = await createdId(simulator, { reference: 'of one', mobile_phone: '+34600000001' });
    const second = await createdId(simulator, { reference: 'of two', mobile_phone: '+34600000001' });
    await sendSms(simulator, first);
    await sendSms(simulator, second);
    const text = await (await get('/inbox/%2B34600000001')).text();
    const said = [...text.matchAll(/class="sms">[^]*?href="([^"]*)"[^]*? order <b>(.*)<\/b>/g)].map(
      ([, link, reference]) => [reference, link],
    );
    const linkOf = (id: number) => simulator.ledger.order(id)?.sms[0]?.link;
    assert.deepEqual(Object.fromEntries(said), { 'of one': linkOf(first), 'of two': linkOf(second) });
  });

  test('the list of orders is searched, and turned over page by page', async () => {
    const ids = [];
    for (let count = 0; count < 51; count += 1) ids.push(await createdId(simulator, { reference: `Listed ${count}` }));
    const first = await (await get('/orders?q=listed')).text();
    const shown = (text: string) => [...text.matchAll(/href="\/orders\/(\d+)"/g)].map(([, id]) => Number(id));
    assert.deepEqual(shown(first), ids.toReversed().slice(0, 50));
    const [, older = ''] = /href="(\/orders\?[^"]*)"/.exec(first) ?? [];
    assert.deepEqual(shown(await (await get(older.replaceAll('&amp;', '&'))).text()), ids.slice(0, 1));
    assert.match(await (await get('/orders?q=nobody')).text(), /No order is called anything like it/);
  });

  test('and the controls go by loopback’s names, by those of the setting and by that of the public URL', async (t) => {
    const other = await simulate(null, { hosts: ['sim.example'], publicUrl: 'http://links.example:4000' });
    t.after(() => other.close());
    const ask = async (path: string, host: string, headers = {}) => {
      const { statusCode, body } = await request(other.url + path, { headers: { host, ...headers } });
      await body.dump();
      return statusCode;
    };
    for (const path of ['/', '/inbox', '/_sim/ledger']) {
      for (const host of ['localhost', '127.0.0.1:4000', 'sim.example', 'SIM.example:81', 'links.example:4000'])
        assert.equal(await ask(path, host), 200, `${path} ${host}`);
      for (const host of ['evil.example', 'sim.example.evil.example', 'asim.example'])
        assert.equal(await ask(path, host), 403, `${path} ${host}`);
      assert.equal(await ask(path, 'sim.example', { origin: 'http://sim.example' }), 200);
      assert.equal(await ask(path, 'sim.example', { origin: 'http://evil.example' }), 403);
    }
  });

  test('and the controls are for pages of the simulator itself', async () => {
    for (const path of [`${checkout}/confirm`, '/_sim/reset', '/faults']) {
      for (const origin of ['http://evil.example', 'null', `${simulator.url}0`]) {
        const answer = await fetch(simulator.url + path, { method: 'POST', headers: { origin } });
        assert.equal(answer.status, 403, `${path} ${origin}`);
      }
    }
    const own = await fetch(`${simulator.url}/_sim/ledger`, { headers: { origin: simulator.url } });
    assert.equal(own.status, 200);
    assert.ok(simulator.ledger.orders().length > 0);
  });
});
