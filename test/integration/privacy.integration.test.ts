// Personal data is in encrypted payloads and on the wire to seQura, and nowhere else: unusual values are looked for everywhere.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decodeArgument } from '../../src/temporal/decode-payloads.ts';
import { bytesAsText } from '../support/bytes.ts';
import { PERSON, WEBHOOK_TOKEN } from '../support/canaries.ts';
import { orderPath, orderRequest } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { closed, smsSent } from '../support/waits.ts';

const CUSTOMER = { ...PERSON, postal_code: '07199' };
const OTHER_PHONE = '+34687654321';
const CANARIES = [...Object.values(CUSTOMER), OTHER_PHONE, '698765432', '687654321', 'Quetzalc', 'Wojciech'];

describe('personal data', () => {
  let service: Service;
  before(async () => (service = await startService()));
  after(() => service.close());

  it('reaches seQura and is found nowhere in the clear: not in histories, memos, search attributes, ids, answers or logs', async () => {
    service.simulator.faults.set('canary', 'create', { kind: 'rate_limited', retry_after: '1' });
    const headers = { prefer: 'wait=10', 'idempotency-key': PERSON.mobile_phone };
    const { body } = await service.api.place(orderRequest({ reference: 'canary', ...CUSTOMER }), headers);
    const { id } = body;
    await service.see(id, 'the SMS', smsSent);
    const phone = { mobile_phone: OTHER_PHONE };
    const again = await service.api.act(id, 'send_sms', phone, { 'idempotency-key': PERSON.nin });
    assert.equal(again.status, 200);
    const [order] = service.simulator.ledger.orders('canary');
    assert.equal(order?.request.given_names, PERSON.given_names);
    assert.deepEqual(
      order.sms.map(({ phone }) => phone),
      [PERSON.mobile_phone, OTHER_PHONE],
    );
    service.simulator.confirm('canary');
    await service.see(id, 'the end', closed);
    await service.pass(1_500);

    const { connection } = service.client;
    const execution = { workflowId: id };
    const raw = {
      history: await connection.workflowService.getWorkflowExecutionHistory({ namespace: 'default', execution }),
      description: await connection.workflowService.describeWorkflowExecution({ namespace: 'default', execution }),
      list: await connection.workflowService.listWorkflowExecutions({ namespace: 'default', query: '' }),
    };
    const clear = await service.client.workflow.getHandle(id).describe();
    const places: Record<string, string> = {
      'the raw history': bytesAsText(raw.history),
      'the raw description': bytesAsText(raw.description),
      'the list': bytesAsText(raw.list),
      'the decoded memo': JSON.stringify(clear.memo),
      'the summary and details': `${await clear.staticSummary()} ${await clear.staticDetails()}`,
      'the answers': JSON.stringify([body, again.body, (await service.api.call(orderPath(id))).body]),
      'the logs': service.logs.join('\n'),
    };
    assert.ok(places['the list']?.includes('idempotencyKeyWorkflow'), 'keys are looked at, too');
    assert.ok(places['the raw history']?.includes('canary'), 'the search looks at what it should');
    assert.ok(places['the logs']?.includes(id));
    for (const [place, text] of Object.entries(places)) {
      for (const canary of CANARIES) assert.equal(text.includes(canary), false, `${canary} in ${place}`);
      assert.equal(text.includes(WEBHOOK_TOKEN), false, `the webhook token in ${place}`);
    }
    const input = await decodedInput(service, id);
    assert.ok(input.includes(PERSON.given_names), 'with the key it can be read');
  });
});

async function decodedInput(service: Service, id: string): Promise<string> {
  const { events } = await service.client.workflow.getHandle(id).fetchHistory();
  const payloads = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return JSON.stringify(await decodeArgument(service.client, id, payloads));
}
