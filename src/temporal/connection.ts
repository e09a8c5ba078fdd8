// src/temporal: Temporal itself: connection, payload codec, namespace, histories.
//
// How clients and workers talk to Temporal: one data converter for both.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ConnectionLike } from '@temporalio/client';
import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { PayloadKey, StoreConfig } from '../config/model.ts';
import type { CodecOptions } from './codec.ts';
import { createPayloadCodec } from './codec.ts';
import { keysOf } from './seal.ts';

/** The converter's module for the workflow bundle: TypeScript in development, JavaScript once built. */
export const failureConverterPath = modulePath('failure-converter');

const workflowsPath = modulePath('../workflows/index');
const interceptorsPath = modulePath('../workflows/interceptors');

/** Sources of the workflows, as `bundleWorkflowCode` takes them. */
export const workflowSources = {
  workflowsPath,
  workflowInterceptorModules: [interceptorsPath],
  failureConverterPath,
  // Evaluated once for all runs of a worker, not anew for each: none of their modules keeps anything (docs/decisions/0078).
  preloadModules: [workflowsPath, interceptorsPath, failureConverterPath],
};

export function dataConverter(keys: readonly PayloadKey[] | null, options: CodecOptions = {}): DataConverter {
  const ring = keysOf(keys);
  return ring === null
    ? { failureConverterPath }
    : { failureConverterPath, payloadCodecs: [createPayloadCodec(ring, options)] };
}

const FIRST_RETRY_MS = 100;

/**
 * Retries end within a second. The SDK's own go on after the caller has had an answer, and throw once the connection is closed. The SDK also
 * waits for 1.7 s after RESOURCE_EXHAUSTED, which is how Temporal refuses a signal for the moment in which a workflow closes: most of what a
 * webhook's answer may take.
 */
const shortRetries = makeGrpcRetryInterceptor(
  defaultGrpcRetryOptions({ maxAttempts: 4, initialIntervalMs: () => FIRST_RETRY_MS }),
);

/** gRPC's own gaps between tries to connect grow to two minutes: for so long nobody would notice that Temporal is back. */
const channelArgs = {
  // No variable of the environment puts a proxy between us and others (docs/decisions/0036); gRPC would obey some, even for loopback.
  'grpc.enable_http_proxy': 0,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // A dead network is noticed after 17 s instead of 45. Temporal takes pings that are 10 s apart.
  'grpc.keepalive_time_ms': 12_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.use_local_subchannel_pool': 1,
};

/** `identity`: who asks, for the histories of Temporal; left out: this process. */
type ClientOptions = CodecOptions & { identity?: string };

/**
 * A client that connects when it is first used, so that a process can start before Temporal does. Each has a connection of its own, where gRPC
 * would otherwise share one: what waits in one delays no other. It is never closed: a retry that comes due afterwards would throw out of its
 * timer, and an idle connection keeps no process alive.
 */
export function createClient({ temporal, payloadKeys }: StoreConfig, options: ClientOptions = {}): Client {
  const connection = Connection.lazy({ ...temporal.connectionOptions, interceptors: [shortRetries], channelArgs });
  return clientOn(connection, { temporal, payloadKeys }, options);
}

export function clientOn(
  connection: ConnectionLike,
  { temporal, payloadKeys }: StoreConfig,
  { identity, ...options }: ClientOptions = {},
): Client {
  return new Client({
    connection,
    namespace: temporal.namespace,
    dataConverter: dataConverter(payloadKeys, options),
    ...(identity !== undefined && { identity }),
  });
}

function modulePath(name: string): string {
  const [typescript, javascript] = ['ts', 'js'].map((ending) =>
    fileURLToPath(new URL(`${name}.${ending}`, import.meta.url)),
  );
  return typescript !== undefined && existsSync(typescript) ? typescript : (javascript ?? '');
}
