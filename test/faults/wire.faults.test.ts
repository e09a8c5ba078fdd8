// Fault 47: answers of seQura that RFC 9110 allows and nobody asked for. Each call is made once, and its answer counts.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import type { FaultInput } from '../../src/simulator/fault-table.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { smsSent } from '../support/waits.ts';
import { ends } from './acts.ts';
import { openCourt } from './court.ts';

const FORMS: FaultInput<'create'>[] = [
  { kind: 'interim', statuses: [100] },
  { kind: 'interim', statuses: [102, 100, 103, 199] },
  { kind: 'encoded', coding: 'gzip' },
  { kind: 'encoded', coding: 'br' },
  { kind: 'trailers' },
  { kind: 'http_1_0' },
];
const CALLS = ['create', 'send_sms', 'cancel'] as const;

describe('an answer in a form that nobody asked for', { concurrency: 6 }, () => {
  let service: Service;
  before(async () => (service = await startService()));
  after(() => service.close());
  const fault = openCourt(import.meta.url, () => service);

  for (const form of FORMS) {
    fault(47, JSON.stringify(form), async (one) => {
      const { faults, ledger } = service.simulator;
      for (const call of CALLS) faults.set(one.reference, call, form);
      const placed = await one.posting((body) => service.api.place(body, { prefer: 'wait=20' }));
      assert.deepEqual([placed.status, placed.body.status], [201, 'awaiting_customer']);
      await service.see(one.id, 'the SMS', smsSent);
      assert.equal((await service.api.act(one.id, 'cancel')).status, 200);
      await ends(service, one.id, 'cancelled');
      for (const call of CALLS) {
        one.proves(`${call}: ${form.kind}`, ledger.hits(one.reference, call, form.kind));
        assert.equal(ledger.calls(one.reference, call).length, 1, call);
      }
    });
  }
});
