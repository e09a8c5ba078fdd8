// A front of a Temporal server, as a cloud has one: TLS, a client's certificate, an API key with each call.
import { once } from 'node:events';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { connect, constants, createSecureServer, createServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Certificate } from './certificate.ts';

const { HTTP2_HEADER_STATUS, NGHTTP2_CANCEL } = constants;
const UNAUTHENTICATED = 16;
/** Of one hop. */
const HOP = ['connection', 'te', 'transfer-encoding', 'keep-alive', 'upgrade', 'proxy-connection'];

export type FrontOptions = {
  /** host:port of the Temporal server, in plain HTTP/2. */
  target: string;
  /** Null: the front speaks plain HTTP/2 as well. */
  certificate: Certificate | null;
  /** Whoever connects needs a certificate of this authority. */
  clientAuthority?: string;
  /** What each call has to bring. */
  apiKey?: string;
  /** The gRPC status of a call without it; default: UNAUTHENTICATED. */
  refusal?: number;
};

export type Front = AsyncDisposable & {
  address: string;
  /** The calls that passed, by the last part of their path: with whose certificate, and whether with the API key. */
  passed: { call: string; client: string | null; withKey: boolean; agent: string }[];
  /** How many calls lacked the API key. */
  refused: () => number;
};

export async function openFront({
  target,
  certificate,
  clientAuthority,
  apiKey,
  refusal = UNAUTHENTICATED,
}: FrontOptions): Promise<Front> {
  const passed: Front['passed'] = [];
  let refused = 0;
  const sockets = new Set<Socket>();
  const upstream = connect(`http://${target}`);
  upstream.on('error', () => {});
  const mutual =
    clientAuthority === undefined ? {} : { ca: clientAuthority, requestCert: true, rejectUnauthorized: true };
  const server =
    certificate === null ? createServer() : createSecureServer({ ...certificate, ...mutual, minVersion: 'TLSv1.2' });

  function pass(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const socket = stream.session?.socket as TLSSocket | undefined;
    const withKey = apiKey !== undefined && headers.authorization === `Bearer ${apiKey}`;
    if (apiKey !== undefined && !withKey) {
      refused += 1;
      stream.respond(
        {
          [HTTP2_HEADER_STATUS]: 200,
          'content-type': 'application/grpc',
          'grpc-status': String(refusal),
          'grpc-message': 'Request unauthorized.',
        },
        { endStream: true },
      );
      return;
    }
    const client = socket?.getPeerCertificate?.()?.subject?.CN ?? null;
    passed.push({
      call: String(headers[':path']).split('/').at(-1) ?? '',
      client: client as string | null,
      withKey,
      agent: String(headers['user-agent']),
    });
    const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.includes(name)));
    const onward = upstream.request({ ...kept, te: 'trailers' });
    let trailers: IncomingHttpHeaders | null = null;
    onward.on('response', (answer, flags) => {
      const ends = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      stream.respond(answer, { endStream: ends, waitForTrailers: !ends });
      if (!ends) onward.pipe(stream);
    });
    onward.on('trailers', (its) => (trailers = its));
    stream.on('wantTrailers', () => stream.sendTrailers(trailers ?? {}));
    stream.pipe(onward);
    const end = () => {
      if (!onward.closed) onward.close(NGHTTP2_CANCEL);
      if (!stream.closed) stream.close(NGHTTP2_CANCEL);
    };
    stream.on('error', end).on('aborted', end);
    onward.on('error', end).on('aborted', end);
  }

  server.on('stream', pass);
  server.on('session', (session) => session.on('error', () => {}));
  server.on('sessionError', () => {});
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    refused: () => refused,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      upstream.destroy();
      await closed;
    },
  };
}
