// Connections to Temporal go straight to its address, whatever proxy the environment names.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { it } from 'node:test';
import { createClient } from '../../../src/temporal/connection.ts';

const VARIABLES = ['grpc_proxy', 'https_proxy', 'http_proxy'];

it('a client of Temporal asks no proxy of the environment', async () => {
  const calls = { temporal: 0, proxy: 0 };
  const listening = async (name: keyof typeof calls) => {
    const server = createServer((socket) => {
      calls[name] += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
  };
  const temporal = await listening('temporal');
  const proxy = await listening('proxy');
  for (const name of VARIABLES) process.env[name] = `http://${proxy.address}`;
  try {
    const connectionOptions = { address: temporal.address };
    const client = createClient({ temporal: { connectionOptions, namespace: 'default' }, payloadKeys: null });
    await assert.rejects(client.withDeadline(Date.now() + 1_500, () => client.workflowService.getSystemInfo({})));
    assert.ok(calls.temporal > 0);
    assert.equal(calls.proxy, 0);
    await client.connection.close();
  } finally {
    for (const name of VARIABLES) delete process.env[name];
    temporal.server.close();
    proxy.server.close();
  }
});
