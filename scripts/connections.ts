// `npm run connections`: what a call over a new connection costs this process on loopback, beside one over a connection that was kept, without TLS and with it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, Agent as TcpAgent, request as httpRequest } from 'node:http';
import { Agent as TlsAgent, createServer as createTlsServer, request as httpsRequest } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import type { RequestListener } from 'node:http';
import type { Certificate } from '../test/support/certificate.ts';
import { believe, makeCertificate } from '../test/support/certificate.ts';
import { percentile } from '../test/support/percentile.ts';

const CALLS = 300;
const ROUNDS = 5;

type Ports = { tcp: number; tls: number };
type Way = { name: string; of: keyof Ports; agent: () => TcpAgent | TlsAgent };

const onTheLastHandshake = new TlsAgent({ keepAlive: false });
const keptTcp = new TcpAgent({ keepAlive: true });
const keptTls = new TlsAgent({ keepAlive: true });
const WAYS: readonly Way[] = [
  { name: 'TCP, new', of: 'tcp', agent: () => new TcpAgent() },
  { name: 'TCP, kept', of: 'tcp', agent: () => keptTcp },
  { name: 'TLS 1.3, new', of: 'tls', agent: () => new TlsAgent() },
  { name: 'TLS 1.3, new, handshake resumed', of: 'tls', agent: () => onTheLastHandshake },
  { name: 'TLS 1.3, kept', of: 'tls', agent: () => keptTls },
];

/** The other side is a process of its own: what it costs is not counted. */
async function serve(certificate: Certificate): Promise<Ports> {
  const answer: RequestListener = (request, response) => void request.resume().once('end', () => response.end('{}'));
  const listening = async (server: Server) => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  };
  return { tcp: await listening(createServer(answer)), tls: await listening(createTlsServer(certificate, answer)) };
}

function call({ of, agent }: Way, ports: Ports): Promise<void> {
  return new Promise((resolve, reject) => {
    const send = of === 'tls' ? httpsRequest : httpRequest;
    const request = send({ method: 'POST', host: '127.0.0.1', port: ports[of], path: '/', agent: agent() }, (answer) =>
      answer.resume().once('end', resolve),
    );
    request.once('error', reject).end('{}');
  });
}

async function measured(way: Way, ports: Ports): Promise<{ ms: number; cpuMs: number }> {
  const took: number[] = [];
  const before = process.cpuUsage();
  for (let calls = 0; calls < CALLS; calls += 1) {
    const fromMs = performance.now();
    await call(way, ports);
    took.push(performance.now() - fromMs);
  }
  const { user, system } = process.cpuUsage(before);
  return { ms: percentile(took, 0.5), cpuMs: (user + system) / 1000 / CALLS };
}

async function main(): Promise<void> {
  const certificate = await makeCertificate();
  believe(certificate);
  const server = fork(import.meta.filename, { serialization: 'advanced' });
  server.send(certificate);
  const [ports] = (await once(server, 'message')) as [Ports];
  const rounds = new Map(WAYS.map(({ name }) => [name, [] as { ms: number; cpuMs: number }[]]));
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const way of WAYS) {
      const result = await measured(way, ports);
      if (round > 0) rounds.get(way.name)?.push(result);
    }
  // Whatever else the machine does adds to a round, and takes nothing off.
  const least = (values: number[]) => Math.min(...values).toFixed(2);
  for (const [name, results] of rounds)
    console.log(
      `${name}\t${least(results.map(({ ms }) => ms))} ms\t${least(results.map(({ cpuMs }) => cpuMs))} ms of CPU`,
    );
  server.disconnect();
}

if (process.send === undefined) await main();
else {
  process.once('disconnect', () => process.exit());
  process.once('message', (certificate: Certificate) => void serve(certificate).then((ports) => process.send?.(ports)));
}
