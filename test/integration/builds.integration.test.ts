// The build of the workers, told with the start of an order, so that Temporal has nothing to add when one takes it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { temporalOrders } from '../../src/gateway/temporal-orders.ts';
import { orderPolicy, orderRequest } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService, TASK_QUEUE } from '../support/service.ts';
import { smsSent } from '../support/waits.ts';

const BUILD_IDS = defineSearchAttributeKey('BuildIds', 'KEYWORD_LIST');

describe('the build of the workers', () => {
  let service: Service;
  before(async () => (service = await startService()));
  after(() => service.close());

  const handle = (id: string) => service.client.workflow.getHandle(id);
  const buildsOf = async (id: string) => (await handle(id).describe()).typedSearchAttributes.get(BUILD_IDS);

  async function events(id: string): Promise<temporal.api.history.v1.IHistoryEvent[]> {
    return (await handle(id).fetchHistory()).events ?? [];
  }

  async function toldAtStart(id: string): Promise<boolean> {
    const [started] = await events(id);
    return Object.hasOwn(
      started?.workflowExecutionStartedEventAttributes?.searchAttributes?.indexedFields ?? {},
      'BuildIds',
    );
  }

  /** Orders of an API that takes this for the build of the workers. */
  function placing(workersBuildId: string): (reference: string) => Promise<string> {
    const { client, payloadKeys } = service;
    const orders = temporalOrders({ client, taskQueue: TASK_QUEUE, payloadKeys, workersBuildId });
    return async (reference) => {
      const request = orderRequest({ reference });
      const placed = await orders.place({
        request,
        policy: orderPolicy(),
        currency: 'EUR',
        confirmWithinSeconds: undefined,
      });
      assert.equal(placed.outcome, 'started');
      const { id } = placed.order;
      await service.see(id, 'the SMS', smsSent);
      return id;
    };
  }

  it('is noted as Temporal would note it itself', async () => {
    const { id } = await service.place();
    await service.see(id, 'the SMS', smsSent);
    assert.equal(await toldAtStart(id), false);
    const noted = await buildsOf(id);
    const workers = (await events(id)).find((event) => event.workflowTaskCompletedEventAttributes != null);
    const buildId = workers?.workflowTaskCompletedEventAttributes?.workerVersion?.buildId ?? assert.fail('no build');

    const told = await placing(buildId)('told');
    assert.equal(await toldAtStart(told), true);
    assert.deepEqual(await buildsOf(told), noted);
  });

  it('is put beside the one that was told, where an API of another release has placed the order', async () => {
    const { id } = await service.place();
    await service.see(id, 'the SMS', smsSent);
    const [, own] = (await buildsOf(id)) ?? [];
    const told = await placing('another-build')('told otherwise');
    assert.deepEqual(await buildsOf(told), ['unversioned', 'unversioned:another-build', own]);
  });

  it('is left out where Temporal refuses to be told', async () => {
    const place = placing('longer than any attribute may be '.repeat(100));
    // The first ones at once: each is refused by itself.
    const atOnce = Array.from({ length: 20 }, (_, index) => `refused ${index}`);
    const ids = [...(await Promise.all(atOnce.map(place))), await place('after them')];
    for (const id of ids) assert.equal(await toldAtStart(id), false, id);
    for (const reference of atOnce) assert.equal(service.simulator.ledger.calls(reference, 'create').length, 1);
  });
});
