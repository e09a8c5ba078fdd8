// A run that was reopened stays until everybody who looked at the run before it has found it (docs/decisions/0005).
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { Client } from '@temporalio/client';
import { COMMAND_TAKEN_MS } from '../../src/contract/time-limits.ts';
import { temporalOrders } from '../../src/gateway/temporal-orders.ts';
import { PAYLOAD_KEYS } from '../support/canaries.ts';
import type { Service } from '../support/service.ts';
import { startService, TASK_QUEUE } from '../support/service.ts';
import { closed, smsSent } from '../support/waits.ts';

describe('a command that is long on its way', () => {
  let service: Service;
  before(async () => (service = await startService()));
  after(() => service.close());

  it('finds the run in which another one was carried out meanwhile, and starts none from what it saw', async () => {
    const { id, reference } = await service.place();
    await service.see(id, 'the SMS', smsSent);
    await service.orders.webhook('merchant_1', reference, { event: 'order/confirmed', event_id: 'first' });
    await service.see(id, 'the end', closed);
    await service.client.workflow.getHandle(id).result();

    const { promise: looked, resolve: looking } = Promise.withResolvers<void>();
    const slow = new Client({
      ...service.client.options,
      interceptors: {
        workflow: [
          {
            async startUpdateWithStart(input, next) {
              looking();
              await sleep(COMMAND_TAKEN_MS - 500);
              return next(input);
            },
          },
        ],
      },
    });
    const late = temporalOrders({ client: slow, taskQueue: TASK_QUEUE, payloadKeys: PAYLOAD_KEYS }).cancel(id);
    await looked;
    const early = await service.orders.cancel(id);
    assert.equal(early?.order.status, 'cancellation_requested');
    const answer = await late;
    assert.equal(answer?.order.status, 'cancellation_requested');
    assert.equal(service.simulator.ledger.calls(reference, 'cancel').length, 1);
    const runs = [];
    for await (const { runId } of service.client.workflow.list({ query: `WorkflowId = '${id}'` })) runs.push(runId);
    assert.equal(runs.length, 2);
  });
});
