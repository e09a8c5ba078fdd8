// Fault 48: a proxy in front of the API, and one between a worker and seQura. Connections are kept for long and used again, requests arrive
// twice, headers and addresses are not what the sender wrote.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createSequraClient } from '../../src/sequra/client.ts';
import type { Habits, HttpProxy } from '../support/http-proxy.ts';
import { openHttpProxy } from '../support/http-proxy.ts';
import { ACCOUNT } from '../support/merchants.ts';
import { orderPath, resolution } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { asksHuman, closed, smsSent } from '../support/waits.ts';
import type { Case } from './court.ts';
import { openCourt } from './court.ts';

/** Longer than Node keeps an idle connection by itself. */
const IDLE_MS = 6_500;
/** What a till says that was built for something else, and what a proxy adds. */
const ODD_HEADERS = {
  accept: 'text/html;level=1, application/json;profile="x";q=0.9, */*;q=0.1',
  'accept-encoding': 'gzip, br;q=0.5',
  'content-encoding': 'identity',
  via: '1.1 front',
  'x-forwarded-for': '192.0.2.1, 198.51.100.7',
  forwarded: 'for=192.0.2.1;proto=https',
};

describe('a proxy in front', () => {
  let service: Service;
  let front: HttpProxy;
  before(async () => {
    let api = '';
    const seenAt = async (port: number) => {
      api = `http://127.0.0.1:${port}`;
      front = await openHttpProxy(() => api, 2);
      return front.port;
    };
    service = await startService({ policy: { settleSeconds: 1 }, seenAt, looks: false });
    service.api.url = front.url;
  });
  after(async () => {
    await service.close();
    await front.close();
  });
  const fault = openCourt(import.meta.url, () => service);
  const calls = ({ reference }: Case, kind: 'create' | 'send_sms' | 'cancel') =>
    service.simulator.ledger.calls(reference, kind).length;
  // Not those of `acts.ts`, whose reads would pass the proxy, too.
  async function placed(one: Case): Promise<void> {
    const answer = await one.posting((body) => service.api.place(body));
    assert.ok(answer.status < 300, String(answer.status));
    await service.see(one.id, 'the SMS', smsSent);
  }
  async function signs(one: Case): Promise<void> {
    service.simulator.confirm(one.reference);
    assert.equal((await service.see(one.id, 'the end', closed)).status, 'confirmed');
  }

  fault(48, 'uses a connection again that was idle for longer than Node keeps one', async (one) => {
    front.has({});
    await placed(one);
    for (const _ of [1, 2]) {
      await service.pass(IDLE_MS);
      assert.equal((await service.api.act(one.id, 'send_sms')).status, 200);
    }
    await service.pass(IDLE_MS);
    await signs(one);
    one.proves('one connection has carried all', front.connections() === 1 && front.delivered() >= 4);
  });

  for (const deliver of ['twice at once', 'twice, one after the other'] as const) {
    const twice: Habits = { deliver };
    fault(48, `delivers ${deliver}: an order and its confirmation`, async (one) => {
      front.has(twice);
      await placed(one);
      await signs(one);
      const [confirmation] = service.simulator.ledger.webhooks(one.reference);
      one.proves('it came twice', confirmation?.tries[0]?.http_status === 200);
      assert.equal(calls(one, 'create'), 1);
    });

    fault(48, `delivers ${deliver}: a cancel`, async (one) => {
      front.has(twice);
      await placed(one);
      const before = front.delivered();
      const { status, body } = await service.api.act(one.id, 'cancel');
      one.proves('it came twice', front.delivered() === before + 2);
      assert.deepEqual([status, body.order?.status, calls(one, 'cancel')], [200, 'cancelled', 1]);
    });

    fault(48, `delivers ${deliver}: an answer of an operator`, async (one) => {
      front.has(twice);
      service.simulator.faults.set(one.reference, 'create', { kind: 'timeout_before_effect', times: 1 });
      await one.posting((body) => service.api.place(body));
      await service.see(one.id, 'the question', asksHuman);
      const before = front.delivered();
      const { status } = await service.api.act(one.id, 'resolve', resolution('retry'));
      one.proves('it came twice', front.delivered() === before + 2);
      assert.ok([200, 409].includes(status), String(status));
      const { timeline } = await service.see(one.id, 'the SMS', smsSent);
      assert.equal(timeline.filter(({ event }) => event === 'resolved').length, 1);
      assert.equal(calls(one, 'create'), 2);
      await signs(one);
    });
  }

  fault(48, 'delivers an SMS twice: what is sent is what counts', async (one) => {
    front.has({ deliver: 'twice at once' });
    await placed(one);
    const before = front.delivered();
    assert.equal((await service.api.act(one.id, 'send_sms')).status, 200);
    one.proves('it came twice', front.delivered() === before + 2);
    const { sms } = await service.see(one.id, 'an SMS', (order) => order.sms.sent > 1);
    assert.equal(calls(one, 'send_sms'), sms.sent);
    await signs(one);
  });

  fault(48, 'changes headers and addresses: what was sent is what counts', async (one) => {
    front.has({
      request(passing) {
        Object.assign(passing.headers, ODD_HEADERS);
        const type = passing.headers['content-type'];
        if (type !== undefined) passing.headers['content-type'] = `${type.split(';')[0] ?? ''} ; Charset="UTF-8"`;
        if (passing.path.startsWith('/webhooks/')) passing.path = `/${passing.path.replaceAll('/', '//')}//`;
      },
      answer(answering) {
        answering.headers['content-encoding'] = 'gzip';
        answering.headers['x-passed'] = 'front';
        answering.body = gzipSync(answering.body);
      },
    });
    const answer = await one.posting((body) => service.api.place(body));
    one.proves('its answer was changed', answer.headers['x-passed'] === 'front');
    assert.equal(answer.status, 202);
    await service.see(one.id, 'the SMS', smsSent);
    await signs(one);
    const [confirmation] = service.simulator.ledger.webhooks(one.reference);
    assert.equal(confirmation?.tries.length, 1);
  });

  fault(48, 'changes the tag of an answer: whoever waits is still held', async (one) => {
    const styles = ['W/"#"', '"#-gzip"', 'W/"#-br"', '"#;gzip"', '"#-deflate"', 'W/"#--gzip"'];
    front.has({});
    await placed(one);
    for (const style of styles) {
      const changed = (tag: string) => style.replace('#', tag.replaceAll('"', ''));
      front.has({
        answer(answering) {
          const tag = answering.headers['etag'];
          if (tag !== undefined) answering.headers['etag'] = changed(tag);
        },
      });
      const seen = await service.api.call(orderPath(one.id));
      const tag = seen.headers.etag ?? '';
      one.proves('the tag is another', tag === changed(`"${seen.body.revision}"`));
      const held = await service.api.call(`${orderPath(one.id)}?wait=1`, { headers: { 'if-none-match': tag } });
      assert.equal(held.status, 304, style);
      // Not at once: a poll that is answered at once is a busy loop.
      assert.ok(held.ms >= 900, `${style}: after ${held.ms} ms`);
    }
    front.has({});
    await signs(one);
  });
});

describe('a proxy between a worker and seQura', () => {
  let service: Service;
  let between: HttpProxy;
  before(async () => {
    service = await startService({ policy: { settleSeconds: 1 } });
    await service.stopWorker();
    between = await openHttpProxy(() => service.simulator.url);
    const sequra = createSequraClient({ baseUrl: between.url, merchants: new Map([[ACCOUNT.id, ACCOUNT]]) });
    await service.startWorker({ sequra });
  });
  after(async () => {
    await service.close();
    await between.close();
  });
  const fault = openCourt(import.meta.url, () => service);

  fault(48, 'keeps its connections, and changes headers: every call is made once', async (one) => {
    between.has({
      request: ({ headers }) => void Object.assign(headers, { via: '1.1 between', 'accept-encoding': 'gzip' }),
      answer(answering) {
        Object.assign(answering.headers, { via: '1.1 between', 'content-encoding': 'gzip', 'x-passed': 'between' });
        answering.body = gzipSync(answering.body);
      },
    });
    await one.posting((body) => service.api.place(body, { prefer: 'wait=20' }));
    await service.see(one.id, 'the SMS', smsSent);
    await service.pass(IDLE_MS);
    assert.equal((await service.api.act(one.id, 'send_sms')).status, 200);
    service.simulator.confirm(one.reference);
    assert.equal((await service.see(one.id, 'the end', closed)).status, 'confirmed');
    one.proves('it passed them', between.delivered() === 3);
  });

  fault(48, 'delivers a cancel twice: its 422 is not taken for a refusal in silence', async (one) => {
    between.has({});
    await one.posting((body) => service.api.place(body, { prefer: 'wait=20' }));
    await service.see(one.id, 'the SMS', smsSent);
    between.has({ deliver: 'twice, one after the other' });
    await service.api.act(one.id, 'cancel');
    const { attention } = await service.see(one.id, 'the question', asksHuman);
    assert.equal(attention?.reason, 'cancel_refused');
    one.proves('it came twice', service.simulator.ledger.calls(one.reference, 'cancel').length === 2);
    assert.equal((await service.api.act(one.id, 'resolve', resolution('mark_cancelled'))).status, 200);
    assert.equal((await service.see(one.id, 'the end', closed)).status, 'cancelled');
  });
});
