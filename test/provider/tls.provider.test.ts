// Calls over TLS: each on a connection of its own, whose handshake goes on from the last one where the other side still knows it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { believe, makeCertificate } from '../support/certificate.ts';
import { cart, OPTIONS, orderRequest, sequraAt, unknown } from './support.ts';

const certificate = await makeCertificate();
believe(certificate);

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`over ${version} each call has a connection of its own, and only the first proves who seQura is`, async (t) => {
    /** Of each connection that brought a request. */
    const resumed: boolean[] = [];
    const server = createServer({ ...certificate, minVersion: version, maxVersion: version }, (request, response) => {
      resumed.push((request.socket as TLSSocket).isSessionReused());
      assert.equal(request.headers.connection, 'close');
      response.writeHead(201).end(cart());
    }).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const connections = new Set<TLSSocket>();
    server.on('secureConnection', (socket) => connections.add(socket));
    const sequra = sequraAt(t, `https://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const create = () => sequra.createOrder(orderRequest(), OPTIONS);

    for (let calls = 0; calls < 3; calls += 1) await create();
    assert.deepEqual([resumed, connections.size], [[false, true, true], 3]);

    // As after a restart: nothing is remembered there.
    server.setTicketKeys(randomBytes(48));
    await create();
    assert.deepEqual(resumed.slice(3), [false]);

    // Somebody else at this address is asked who he is.
    server.setTicketKeys(randomBytes(48));
    server.setSecureContext({ ...(await makeCertificate()), minVersion: version, maxVersion: version });
    await assert.rejects(create(), unknown('tls'));
    assert.equal(resumed.length, 4);
  });
}
