// Lists on a Temporal that takes few visibility calls, as one in production does: they wait their turn, and equal ones are one.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from '@temporalio/client';
import { Client, Connection } from '@temporalio/client';
import { MerchantNeededError, TemporalUnavailableError } from '../../src/gateway/errors.ts';
import { lister } from '../../src/gateway/list.ts';
import type { OrderFilter } from '../../src/gateway/orders.ts';
import { dataConverter } from '../../src/temporal/connection.ts';
import { GRPC, grpcStatus } from '../../src/temporal/grpc-status.ts';
import { PAYLOAD_KEYS } from '../support/canaries.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { until } from '../support/waits.ts';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];

/** Fewer than the ten of a server in production, so that a few lists are too many. */
const CALLS_PER_SECOND = 4;

describe('lists', () => {
  let service: Service;
  let client: Client;
  let id: string;
  let calls = 0;

  before(async () => {
    const dynamicConfig = { 'frontend.namespaceRPS.visibility': CALLS_PER_SECOND };
    service = await startService({ dynamicConfig });
    const connection = await Connection.connect({
      address: service.address,
      interceptors: [
        (options, nextCall) => {
          if (options.method_definition.path.endsWith('/ListWorkflowExecutions')) calls += 1;
          return nextCall(options) as ReturnType<Interceptor>;
        },
      ],
    });
    client = new Client({ connection, dataConverter: dataConverter(PAYLOAD_KEYS) });
    id = (await service.place()).id;
    await until(
      'the order is listed',
      async () => (await listOf()({ merchantIds: ['merchant_1'], limit: 50 })).data[0],
    );
  });
  after(async () => {
    await client.connection.close();
    await service.close();
  });

  const listOf = (timeoutMs = 8_000) => lister({ client, payloadKeys: PAYLOAD_KEYS, timeoutMs });
  /** Each another list, which finds the order. */
  const filters = (count: number, group: string): OrderFilter[] =>
    Array.from({ length: count }, (_, number) => ({ merchantIds: ['merchant_1', group], limit: 50 - number }));
  const quiet = async () => {
    await sleep(2_000);
    calls = 0;
  };

  it('are refused by this Temporal where many are asked for at once', async () => {
    await quiet();
    const asked = await Promise.allSettled(
      Array.from({ length: 30 }, () => client.workflowService.listWorkflowExecutions({ namespace: 'default' })),
    );
    const refused = asked.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    assert.ok(refused.length > 10 && refused.length < 30, `${refused.length} refused`);
    const codes = refused.map(grpcStatus);
    assert.deepEqual(new Set(codes), new Set([GRPC.RESOURCE_EXHAUSTED]));
  });

  it('that are equal are one', async () => {
    await quiet();
    const list = listOf();
    const pages = await Promise.all(Array.from({ length: 60 }, () => list({ merchantIds: ['merchant_1'], limit: 50 })));
    assert.equal(calls, 2);
    for (const { data, unreadable } of pages) assert.deepEqual([data.map((order) => order.id), unreadable], [[id], []]);
  });

  it('are all answered in the end, those of one group before another has had all of its own', async () => {
    await quiet();
    const list = listOf(20_000);
    const ends: string[] = [];
    const asked = [...filters(16, 'greedy'), ...filters(1, 'modest')].map(async (filter) => {
      const { data } = await list(filter);
      ends.push(filter.merchantIds[1] ?? '');
      return data.map((order) => order.id);
    });
    for (const found of await Promise.all(asked)) assert.deepEqual(found, [id]);
    assert.ok(calls > 17, `${calls} calls: some were made again`);
    assert.ok(ends.indexOf('modest') < 12, `after ${ends.indexOf('modest')} others`);
  });

  it('that wait for too long say that Temporal is not available', async () => {
    await quiet();
    const list = listOf(500);
    const outcomes = await Promise.allSettled(filters(20, 'greedy').map(list));
    const reasons = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    assert.ok(reasons.length >= 5 && reasons.length < 20, `${reasons.length} were refused`);
    assert.ok(reasons.every((reason) => reason instanceof TemporalUnavailableError));
  });

  it('by a reference of too many merchants ask for one, and Temporal for nothing', async () => {
    await quiet();
    const merchantIds = Array.from({ length: 51 }, (_, number) => `m${number}`);
    await assert.rejects(listOf()({ merchantIds, reference: 'pos_1', limit: 50 }), MerchantNeededError);
    assert.equal(calls, 0);
  });
});
