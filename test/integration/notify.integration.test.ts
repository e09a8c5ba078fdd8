// A change of an order reaches the merchant's endpoint, signed, whatever the endpoint does at first; on sockets, with a real server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NOTIFICATION_WORKFLOW } from '../../src/contract/names.ts';
import { bytesAsText } from '../support/bytes.ts';
import { ENDPOINT_PATH, ENDPOINT_SECRET } from '../support/canaries.ts';
import {
  notificationOf,
  notifiedMerchants,
  notify,
  signatureBySpecification,
  verified,
} from '../support/notifications.ts';
import type { Received, Receiver } from '../support/receiver.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Service } from '../support/service.ts';
import { startService, TASK_QUEUE } from '../support/service.ts';

const FIRST_GAP_MS = 5_000;
/** Of both clocks and of the dispatch, together. */
const TOLERANCE_MS = 3_000;
const HOUR_MS = 3_600_000;
/** How many calls to seQura a worker makes at a time: the SDK's own limit. */
const SEQURA_CALLS = 100;

describe('a notification', () => {
  const { notifying, setEndpoint, tries } = notifiedMerchants();
  let service: Service;
  // Without encryption, so that a search of the histories finds what is there.
  before(async () => (service = await startService({ payloadKeys: null, notifying })));
  after(() => service.close());

  /** Everything that Temporal keeps of it. */
  async function kept(workflowId: string): Promise<string> {
    const { workflowService } = service.client.connection;
    const ask = { namespace: 'default', execution: { workflowId } };
    const history = await workflowService.getWorkflowExecutionHistory(ask);
    return bytesAsText([history, await workflowService.describeWorkflowExecution(ask)]);
  }

  describe('for an endpoint', { concurrency: true, timeout: 60_000 }, () => {
    it('that answers 204 is posted once, signed by Standard Webhooks', async (t) => {
      const endpoint = await startReceiver(t, 204);
      setEndpoint('prompt', endpoint);
      const notification = notificationOf('prompt');
      const handle = await notify(service, notification);
      assert.equal(await handle.result(), 'delivered');

      const [request, ...others] = endpoint.received;
      assert.ok(request !== undefined && others.length === 0);
      assert.equal(request.path, `/${ENDPOINT_PATH}?key=${ENDPOINT_PATH}`);
      assert.equal(request.headers['content-type'], 'application/json');
      assert.deepEqual(JSON.parse(request.body), notification);
      assert.deepEqual(verified(request, endpoint), notification);
      assert.equal(request.headers['webhook-signature'], signatureBySpecification(request, endpoint));
      assert.match(String(request.headers['webhook-id']), /^msg_[A-Za-z0-9_-]{32}$/);
      assertSentAtItsTime(request);
      assert.equal(await tries('prompt', 'delivered'), 1);

      const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      assert.match(currentDetails, /order:prompt:pos\.1234.*confirmed, revision \d+[^]*The endpoint has it/);
      const everything = await kept(handle.workflowId);
      assert.ok(everything.includes('order:prompt:pos.1234'), 'the search looks at what it should');
      assertGivesNothingAway(everything, endpoint);
    });

    it('that is slow is waited for, longer than to the first repeat', async (t) => {
      const endpoint = await startReceiver(t, (response) => {
        setTimeout(() => response.writeHead(200).end(), FIRST_GAP_MS + 2_000);
      });
      setEndpoint('slow', endpoint);
      assert.equal(await (await notify(service, notificationOf('slow'))).result(), 'delivered');
      assert.equal(endpoint.received.length, 1);
    });

    it('that never answers is tried again', async (t) => {
      const endpoint = await startReceiver(t, () => {}, 200);
      setEndpoint('silent', endpoint);
      assert.equal(await (await notify(service, notificationOf('silent'))).result(), 'delivered');
      assert.equal(await tries('silent', 'timeout'), 1);
      assert.equal(endpoint.received.length, 2);
    });

    it('that answers 500 gets the same again after 5 s, with the same id, signed at its new time', async (t) => {
      const endpoint = await startReceiver(t, 500, 200);
      setEndpoint('failing', endpoint);
      const handle = await notify(service, notificationOf('failing'));
      const failure = bytesAsText(await service.failedTry(handle.workflowId));
      assert.ok(failure.includes('NotDelivered') && failure.includes('http_500'), failure);
      assertGivesNothingAway(await kept(handle.workflowId), endpoint);
      assert.equal(await handle.result(), 'delivered');

      const [first, second, ...others] = endpoint.received;
      assert.ok(first !== undefined && second !== undefined && others.length === 0);
      assert.deepEqual(
        [second.headers['webhook-id'], second.body, second.path],
        [first.headers['webhook-id'], first.body, first.path],
      );
      const gapMs = second.atMs - first.atMs;
      assert.ok(gapMs >= FIRST_GAP_MS && gapMs < FIRST_GAP_MS + TOLERANCE_MS, `${gapMs} ms`);
      for (const request of [first, second]) {
        verified(request, endpoint);
        assertSentAtItsTime(request);
      }
      assert.deepEqual([await tries('failing', 'http_500'), await tries('failing', 'delivered')], [1, 1]);
    });

    it('that redirects is not followed, and is tried again', async (t) => {
      const elsewhere = await startReceiver(t, 200);
      const endpoint = await startReceiver(
        t,
        (response) => response.writeHead(307, { location: elsewhere.url }).end(),
        200,
      );
      setEndpoint('moved', endpoint);
      assert.equal(await (await notify(service, notificationOf('moved'))).result(), 'delivered');
      assert.equal(await tries('moved', 'redirect'), 1);
      assert.deepEqual([endpoint.received.length, elsewhere.received.length], [2, 0]);
    });

    it('that answers 410 is left alone', async (t) => {
      const endpoint = await startReceiver(t, 410);
      setEndpoint('leaving', endpoint);
      assert.equal(await (await notify(service, notificationOf('leaving'))).result(), 'gone');
      await service.pass(FIRST_GAP_MS + TOLERANCE_MS);
      assert.equal(endpoint.received.length, 1);
    });

    it('that is down is tried again, and says in one word why', async (t) => {
      const endpoint = await startReceiver(t, 200);
      await endpoint.goOffline();
      setEndpoint('down', endpoint);
      const handle = await notify(service, notificationOf('down'));
      const failure = bytesAsText(await service.failedTry(handle.workflowId));
      assert.ok(failure.includes('unreachable'), failure);
      assertGivesNothingAway(await kept(handle.workflowId), endpoint);
      await endpoint.goOnline();
      assert.equal(await handle.result(), 'delivered');
      assert.ok((await tries('down', 'unreachable')) >= 1);
    });

    it('that is no longer in the settings is not called', async () => {
      setEndpoint('removed', null);
      assert.equal(await (await notify(service, notificationOf('removed'))).result(), 'not_wanted');
      assert.equal(await (await notify(service, notificationOf('unknown'))).result(), 'not_wanted');
    });
  });

  describe('of nothing, for a test', () => {
    const ended = (id: string) => {
      service.replayAtEnd(id);
      return service.client.workflow.getHandle(id).result() as Promise<string>;
    };

    it('is posted, signed as any other', async (t) => {
      const endpoint = await startReceiver(t, 204);
      setEndpoint('tested', endpoint);
      const key = { id: 'a key', request: 'its request', summary: 'a test' };
      const first = await service.orders.testNotification('tested', key);
      assert.equal(await ended(first.id), 'delivered');
      assert.deepEqual(await service.orders.testNotification('tested', key), { ...first, repeat: true });
      assert.equal(await ended((await service.orders.testNotification('tested')).id), 'delivered');
      const [request, other] = endpoint.received;
      assert.ok(request !== undefined && other !== undefined && endpoint.received.length === 2);
      const { timestamp, ...message } = verified(request, endpoint) as { timestamp: string };
      assert.deepEqual(message, { type: 'test', data: { merchant_id: 'tested' } });
      assert.ok(Math.abs(Date.parse(timestamp) - request.atMs) < TOLERANCE_MS);
      assert.notEqual(request.headers['webhook-id'], other.headers['webhook-id']);
      assertSentAtItsTime(request);
    });

    it('is posted once, whatever the answer, and says how that ended', async (t) => {
      const endpoint = await startReceiver(t, 500);
      setEndpoint('broken', endpoint);
      const { id } = await service.orders.testNotification('broken');
      assert.equal(await ended(id), 'given_up');
      await service.pass(FIRST_GAP_MS + TOLERANCE_MS);
      assert.equal(endpoint.received.length, 1);
      assert.equal(await tries('broken', 'http_500'), 1);
      assert.equal(await ended((await service.orders.testNotification('nobody')).id), 'not_wanted');
    });
  });

  it('keeps no order from seQura, however many hang', async (t) => {
    const endpoint = await startReceiver(t, () => {});
    setEndpoint('hanging', endpoint);
    const many = Array.from({ length: SEQURA_CALLS + 20 }, (_, index) => notificationOf('hanging', `pos.${index}`));
    await Promise.all(many.map((notification) => notify(service, notification)));
    for (let waits = 0; waits < 100 && endpoint.received.length <= SEQURA_CALLS; waits += 1) await service.pass(50);
    assert.ok(endpoint.received.length > SEQURA_CALLS, `${endpoint.received.length} calls hang`);
    const { id } = await service.place();
    await service.see(id, 'the SMS', ({ sms }) => sms.sent === 1, FIRST_GAP_MS);
  });

  it('is signed at the right time by a worker whose clock is an hour ahead', async (t) => {
    const endpoint = await startReceiver(t, 200);
    setEndpoint('hasty', endpoint);
    const RealDate = Date;
    const aheadMs = () => RealDate.now() + HOUR_MS;
    globalThis.Date = class extends RealDate {
      constructor(value: number | string | Date = aheadMs()) {
        super(value);
      }
      static override now = aheadMs;
    } as DateConstructor;
    try {
      assert.ok(new Date().getTime() > RealDate.now() + HOUR_MS / 2);
      assert.equal(await (await notify(service, notificationOf('hasty'))).result(), 'delivered');
    } finally {
      globalThis.Date = RealDate;
    }
    const [request] = endpoint.received;
    assert.ok(request !== undefined);
    verified(request, endpoint);
    assertSentAtItsTime({ ...request, atMs: request.atMs - HOUR_MS });
  });

  it('is ended from the Temporal UI, and one that was started by hand with anything else fails', async (t) => {
    const endpoint = await startReceiver(t, 500);
    setEndpoint('cancelled', endpoint);
    const handle = await notify(service, notificationOf('cancelled'));
    await service.failedTry(handle.workflowId);
    await handle.cancel();
    await assert.rejects(handle.result(), ({ cause }: Error) => (cause as Error).name === 'CancelledFailure');
    const stray = { workflowId: 'by hand', taskQueue: TASK_QUEUE, args: [{ order: 1 }], workflowRunTimeout: 5_000 };
    await assert.rejects(service.client.workflow.execute(NOTIFICATION_WORKFLOW, stray), ({ cause }: Error) =>
      (cause as Error).message.includes('not a notification'),
    );
  });
});

function assertSentAtItsTime({ headers, atMs }: Received): void {
  const lateMs = atMs - Number(headers['webhook-timestamp']) * 1000;
  // A second for the fraction that the header leaves out.
  assert.ok(lateMs > -1_000 && lateMs < 1_000 + TOLERANCE_MS, `${lateMs} ms`);
}

function assertGivesNothingAway(text: string, { url }: Receiver): void {
  const secret = Buffer.from(ENDPOINT_SECRET.replace('whsec_', ''), 'base64').toString();
  for (const canary of [ENDPOINT_PATH, ENDPOINT_SECRET, secret, new URL(url).host]) {
    assert.equal(text.includes(canary), false, `${canary} is kept`);
  }
}
