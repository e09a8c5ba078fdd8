// Operators find the orders of a person by a phone or document number, however it is written, and Temporal has neither in the clear.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { PayloadKey } from '../../src/config/model.ts';
import { temporalOrders } from '../../src/gateway/temporal-orders.ts';
import { createClient } from '../../src/temporal/connection.ts';
import { PAYLOAD_KEYS, payloadKeysSetting, PERSON } from '../support/canaries.ts';
import { commandLine } from '../support/command-line.ts';
import { idOf, orderPolicy, orderRequest } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { closed, smsSent, until } from '../support/waits.ts';

const { mobile_phone: PHONE, nin: DOCUMENT } = PERSON;
const PERSONS = { mobile_phone: PHONE, nin: DOCUMENT };
const NEW_KEY: PayloadKey = { id: 'k2', key: randomBytes(32) };

describe('the orders of a person', () => {
  let service: Service;
  before(async () => (service = await startService()));
  after(() => service.close());

  type Line = { id: string; status?: string; unreadable?: true };
  const found = async (args: string[], keys: readonly PayloadKey[] = PAYLOAD_KEYS): Promise<string[]> => {
    const lines = await commandLine(service, { PAYLOAD_KEYS: payloadKeysSetting(...keys) }).json<Line>('list', ...args);
    return lines.map(({ id, status }) => `${id} ${status ?? 'unreadable'}`);
  };
  const untilFound = (args: string[], ...lines: string[]) =>
    until(`${args.join(' ')} finds ${lines.join()}`, async () => {
      const all = await found(args);
      return JSON.stringify(all.toSorted()) === JSON.stringify(lines.toSorted()) || null;
    });

  it('are found by each spelling of a number, and by no other number', async () => {
    await service.place({ request: { reference: 'hers', ...PERSONS } });
    await service.place({ request: { reference: 'of another' } });
    await service.see(idOf('hers'), 'the SMS', smsSent);
    const line = `${idOf('hers')} awaiting_customer`;
    const local = PHONE.slice('+34'.length);
    await untilFound(['--phone', PHONE], line);
    for (const spelling of [`0034 ${local.slice(0, 3)} ${local.slice(3)}`, `(+34) ${local}`])
      assert.deepEqual(await found(['--phone', spelling]), [line], spelling);
    assert.deepEqual(await found(['--phone', local, '--country', 'ES']), [line]);
    const spaced = `${DOCUMENT.slice(0, 2)}.${DOCUMENT.slice(2, 8)}-${DOCUMENT.slice(8).toLowerCase()}`;
    for (const spelling of [DOCUMENT, spaced])
      assert.deepEqual(await found(['--document', spelling]), [line], spelling);
    assert.deepEqual(await found(['--phone', '+34666999999']), []);
    assert.deepEqual(await found(['--document', '00000000T']), []);
  });

  it('are found after an order was opened again, each once', async () => {
    const { id, reference } = await service.place({ request: { reference: 'opened again', ...PERSONS } });
    await service.see(id, 'the SMS', smsSent);
    service.simulator.confirm(reference);
    await service.see(id, 'the confirmation', closed);
    await service.client.workflow.getHandle(id).result();
    await service.api.act(id, 'cancel');
    await service.see(id, 'the cancel', ({ status }) => status === 'cancellation_requested');
    const lines = [`${id} cancellation_requested`, `${idOf('hers')} awaiting_customer`];
    await untilFound(['--document', DOCUMENT], ...lines);
    const { typedSearchAttributes } = await service.client.workflow.getHandle(id).describe();
    assert.equal(typedSearchAttributes.get({ name: 'Reopened', type: 'BOOL' }), true);
    assert.match(typedSearchAttributes.get({ name: 'PhoneDigest', type: 'KEYWORD' }) ?? '', /^k1:[0-9a-f]{32}$/);
  });

  it('are found by those who have the key that was first when they were placed', async () => {
    const store = { connectionOptions: { address: service.address }, namespace: 'default' };
    const rotated = createClient({ temporal: store, payloadKeys: [NEW_KEY, ...PAYLOAD_KEYS] });
    const orders = temporalOrders({ client: rotated, taskQueue: 'nobody', payloadKeys: [NEW_KEY, ...PAYLOAD_KEYS] });
    const person = { mobile_phone: '+34688112233', nin: '00000001R' };
    const placing = { policy: orderPolicy(), currency: 'EUR', confirmWithinSeconds: undefined };
    await service.orders.place({ ...placing, request: orderRequest({ reference: 'before', ...person }) });
    await orders.place({ ...placing, request: orderRequest({ reference: 'afterwards', ...person }) });
    const ids = async (...keys: PayloadKey[]) =>
      (await found(['--phone', person.mobile_phone], keys)).map((line) => line.split(' ')[0] ?? '').toSorted();
    try {
      await until('both are found', async () => (await ids(NEW_KEY, ...PAYLOAD_KEYS)).length === 2 || null);
      assert.deepEqual(await ids(NEW_KEY), [idOf('afterwards')]);
      assert.deepEqual(await ids({ ...NEW_KEY, key: randomBytes(32) }), []);
      assert.deepEqual(await found(['--reference', 'before'], [NEW_KEY]), [`${idOf('before')} unreadable`]);
    } finally {
      await rotated.connection.close();
    }
  });

  it('are erased with every run, unless they are open, with a receipt that names nobody', async () => {
    const person = { mobile_phone: '+34688112244', nin: '00000002W' };
    for (const reference of ['leaves', 'stays']) {
      const request = orderRequest({ reference, ...person });
      await service.orders.place({ request, policy: orderPolicy(), currency: 'EUR', confirmWithinSeconds: undefined });
      await service.see(idOf(reference), 'the SMS', smsSent);
    }
    const leaves = service.client.workflow.getHandle(idOf('leaves'));
    service.simulator.confirm('leaves');
    await service.see(idOf('leaves'), 'the end', closed);
    await leaves.result();
    await service.orders.cancel(idOf('leaves'));
    await leaves.result();
    await until('both', async () => (await found(['--phone', person.mobile_phone])).length === 2 || null);
    const orders = commandLine(service);
    const unasked = await orders('erase', '--document', person.nin);
    assert.deepEqual([unasked.code, unasked.stdout], [2, '']);
    const { code, stdout, stderr } = await orders('erase', '--document', person.nin, '--yes');
    assert.equal(code, 3, stderr);
    assert.match(stdout, /^refused {2}order:merchant_1:stays {2}Its workflow is open/m);
    assert.match(stdout, /^erased {3}order:merchant_1:leaves {2}2 runs, /m);
    for (const part of Object.values(person)) assert.ok(!(stdout + stderr).includes(part));
    assert.equal(await service.orders.get(idOf('leaves')), null);
    assert.notEqual(await service.orders.get(idOf('stays')), null);
    assert.equal((await orders('erase', 'nobody', '--yes')).code, 1);
    assert.equal((await orders('erase', '--yes')).code, 2);
  });

  it('are not looked for by what is no number', async () => {
    const mistaken = await commandLine(service)('list', '--phone', '12');
    assert.deepEqual([mistaken.code, mistaken.stdout], [2, '']);
    assert.match(mistaken.stderr, /^--phone is no mobile number/);
  });
});
