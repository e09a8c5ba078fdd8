// What a waiting answer leaves behind when it has been sent.
import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Response } from 'express';
import { waitSignal } from '../../../../src/api/http/wait-signal.ts';

const WAITS = 20;

describe('an answer that waited', () => {
  it('leaves nothing at the signal that ends all of them, however long it waited', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const draining = new AbortController();
    const open: ServerResponse[] = [];
    const server = createServer((_req, res) => {
      waitSignal(res as Response, draining.signal, false);
      open.push(res);
      res.flushHeaders();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const answers = await Promise.all(Array.from({ length: WAITS }, () => fetch(`http://127.0.0.1:${port}`)));
    assert.equal(getEventListeners(draining.signal, 'abort').length, WAITS);
    collect();
    for (const res of open) res.end();
    await Promise.all(answers.map((answer) => answer.text()));
    server.closeAllConnections();
    await once(server.close(), 'close');
    assert.equal(getEventListeners(draining.signal, 'abort').length, 0);
  });
});
