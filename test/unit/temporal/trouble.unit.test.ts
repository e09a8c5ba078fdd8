// A Temporal whose certificate, name or credentials do not fit says so in one sentence, to clients and to workers alike.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NativeConnection } from '@temporalio/worker';
import { createClient } from '../../../src/temporal/connection.ts';
import type { Trouble } from '../../../src/temporal/trouble.ts';
import { troubleOf } from '../../../src/temporal/trouble.ts';
import { makeAuthority } from '../../support/certificate.ts';
import type { FrontOptions } from '../../support/front.ts';
import { openFront } from '../../support/front.ts';

const KEY = 'canary-key-of-a-namespace';
const own = await makeAuthority();
const other = await makeAuthority('another');
const certificate = await own.issue();
const late = await own.issue({ until: new Date(Date.now() - 60_000) });
const named = await own.issue({ names: ['temporal.example'] });
const stranger = await other.issue();

const pem = (text: string) => Buffer.from(text);
const trusting = { serverRootCACertificate: pem(own.cert) };
const bringing = { ...trusting, clientCertPair: { crt: pem(stranger.cert), key: pem(stranger.key) } };

type Case = { front: Omit<FrontOptions, 'target'>; connects: object; code: string };

const CASES: Readonly<Record<string, Case>> = {
  'another API key': {
    front: { certificate, apiKey: KEY },
    connects: { tls: trusting, apiKey: `${KEY}x` },
    code: 'unauthenticated',
  },
  'no API key': { front: { certificate, apiKey: KEY }, connects: { tls: trusting }, code: 'unauthenticated' },
  'a key that opens no namespace': {
    front: { certificate, apiKey: KEY, refusal: 7 },
    connects: { tls: trusting },
    code: 'permission_denied',
  },
  'an unknown authority': { front: { certificate }, connects: { tls: true }, code: 'certificate_not_trusted' },
  'another authority': {
    front: { certificate },
    connects: { tls: { serverRootCACertificate: pem(other.cert) } },
    code: 'certificate_not_trusted',
  },
  'a certificate that has expired': {
    front: { certificate: late },
    connects: { tls: trusting },
    code: 'certificate_expired',
  },
  'a certificate for another name': {
    front: { certificate: named },
    connects: { tls: trusting },
    code: 'certificate_of_another_name',
  },
  'no certificate of its own': {
    front: { certificate, clientAuthority: own.cert },
    connects: { tls: trusting },
    code: 'client_certificate',
  },
  'TLS, where none is spoken': { front: { certificate: null }, connects: { tls: trusting }, code: 'no_tls' },
  'no TLS, where it is spoken': { front: { certificate }, connects: {}, code: 'dropped' },
  'a certificate of another authority': {
    front: { certificate, clientAuthority: own.cert },
    connects: { tls: bringing },
    code: 'dropped',
  },
};

const MOST_TRIES = 5;
/** Nothing is behind these fronts: nobody gets so far. */
const target = '127.0.0.1:1';

describe('who comes with', () => {
  for (const [what, { front: options, connects, code }] of Object.entries(CASES)) {
    it(`${what} is told ${code}`, async () => {
      await using front = await openFront({ target, ...options });
      const connectionOptions = { address: front.address, ...connects };
      const told: Record<string, Trouble | null> = {};
      const client = createClient({ temporal: { connectionOptions, namespace: 'default' }, payloadKeys: null });
      await toldOf('client', () =>
        client.withDeadline(Date.now() + 5_000, () => client.workflowService.getSystemInfo({})),
      );
      await toldOf('worker', () => NativeConnection.connect(connectionOptions));

      /** Where the end of a connection overtakes its alert, it is told at another try. */
      async function toldOf(who: string, connecting: () => Promise<unknown>): Promise<void> {
        for (let tries = 0; tries < MOST_TRIES && told[who]?.code !== code; tries += 1) {
          await connecting().catch((error: unknown) => (told[who] = troubleOf(error)));
        }
      }
      assert.deepEqual([told['client']?.code, told['worker']?.code], [code, code]);
      assert.equal(front.passed.length, 0);
      assert.ok(!JSON.stringify(told).includes(KEY));
    });
  }
});

it('what else fails is none of these, whatever its words', () => {
  for (const error of [
    new Error('certificate has expired'),
    new RangeError('wrong version number'),
    'self-signed certificate',
    null,
  ])
    assert.equal(troubleOf(error), null);
});
