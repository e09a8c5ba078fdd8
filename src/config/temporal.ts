// The connection to Temporal, by the variables and the configuration file that all of Temporal's own tools read.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { TLSConfig } from '@temporalio/client';
import type { ClientConfigProfile, ClientConnectConfig } from '@temporalio/envconfig';
import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import { Mistake } from './mistake.ts';
import { matching, oneOf, parser, plainText, secret } from './parsers.ts';
import type { Env, Parser, Reader } from './variables.ts';

export type TemporalConfig = ClientConnectConfig & { namespace: string };

export const DEFAULT_ADDRESS = '127.0.0.1:7233';
export const DEFAULT_NAMESPACE = 'default';

const anything = parser('PEM', (text) => text);
const boolean = oneOf(['true', 'false', '1', '0']);
const readable = parser('the path of a file', (path) => {
  try {
    readFileSync(path);
    return path;
  } catch {
    throw new Mistake('names a file that cannot be read.');
  }
});

/** envconfig takes any text for a boolean and ignores a missing file: both are mistakes here. */
const VARIABLES: Readonly<Record<string, Parser<string>>> = {
  TEMPORAL_ADDRESS: matching(/^(\[[0-9A-Fa-f:.]+\]|[^\s:/@]+)(:\d{1,5})?$/, 'host:port, without a scheme'),
  TEMPORAL_NAMESPACE: plainText,
  TEMPORAL_API_KEY: secret(matching(/^[\x21-\x7e]+$/, 'printable characters without spaces')),
  TEMPORAL_PROFILE: plainText,
  TEMPORAL_TLS: boolean,
  TEMPORAL_TLS_CLIENT_CERT_PATH: readable,
  TEMPORAL_TLS_CLIENT_CERT_DATA: anything,
  TEMPORAL_TLS_CLIENT_KEY_PATH: readable,
  TEMPORAL_TLS_CLIENT_KEY_DATA: secret(anything),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: readable,
  TEMPORAL_TLS_SERVER_CA_CERT_DATA: anything,
  TEMPORAL_TLS_SERVER_NAME: plainText,
  // The SDK's envconfig knows it and does nothing with it: whoever sets it would believe that it works.
  TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: oneOf(['false', '0']),
};

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;
const PEM_SETTINGS = ['TEMPORAL_TLS_CLIENT_CERT', 'TEMPORAL_TLS_CLIENT_KEY', 'TEMPORAL_TLS_SERVER_CA_CERT'];

export function readTemporal(env: Env, reader: Reader): TemporalConfig {
  const known = Object.keys(VARIABLES);
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !known.includes(name.replace(/_FILE$/, ''))) given[name] = value;
  }
  const mistakesBefore = reader.mistakes.length;
  for (const [name, parse] of Object.entries(VARIABLES)) {
    const value = reader.read(name, parse, '');
    if (value !== '') given[name] = value;
  }
  const configFile = reader.text('TEMPORAL_CONFIG_FILE', readable.rule);
  if (configFile !== null) {
    given['TEMPORAL_CONFIG_FILE'] = configFile;
    reader.attempt('TEMPORAL_CONFIG_FILE', () => readable(configFile));
  }
  for (const name of PEM_SETTINGS) {
    if (given[`${name}_PATH`] && given[`${name}_DATA`]) {
      reader.mistakes.push(`${name}_DATA: is set together with ${name}_PATH; only one of the two may be.`);
    }
  }

  const nothing: TemporalConfig = { connectionOptions: {}, namespace: DEFAULT_NAMESPACE };
  if (reader.mistakes.length > mistakesBefore) return nothing;
  const profile = reader.attempt(given['TEMPORAL_PROFILE'] ? 'TEMPORAL_PROFILE' : 'TEMPORAL_CONFIG_FILE', () =>
    load(given),
  );
  if (profile === null) return nothing;
  return reader.attempt('TEMPORAL_TLS_*', () => connectConfig(profile)) ?? nothing;
}

function load(env: Record<string, string>): ClientConfigProfile {
  try {
    return loadClientConfigProfile({ overrideEnvVars: env });
  } catch {
    throw new Mistake('the Temporal configuration file cannot be read, is not TOML, or lacks this profile.');
  }
}

function connectConfig(profile: ClientConfigProfile): TemporalConfig {
  const { clientCert, clientKey, disabled } = profile.tls ?? {};
  if (!disabled && (clientCert === undefined) !== (clientKey === undefined)) {
    throw new Mistake('a client certificate and its key go together; one of them is missing.');
  }
  const { connectionOptions, namespace } = optionsOf(profile);
  const { tls, apiKey, address = DEFAULT_ADDRESS } = connectionOptions;
  if (apiKey !== undefined && tls === false && !LOOPBACK.test(address))
    throw new Mistake('an API key would be sent in the clear: leave TEMPORAL_TLS out, or name a loopback address.');
  if (typeof tls === 'object' && tls !== null) requirePem(tls);
  return {
    connectionOptions: { ...connectionOptions, address },
    namespace: namespace ?? DEFAULT_NAMESPACE,
  };
}

function optionsOf(profile: ClientConfigProfile): ClientConnectConfig {
  try {
    return toClientOptions(profile);
  } catch {
    throw new Mistake('a certificate or key file cannot be read.');
  }
}

function requirePem({ serverRootCACertificate, clientCertPair }: TLSConfig): void {
  try {
    // Throws where it is no certificate.
    const authority = serverRootCACertificate && new X509Certificate(serverRootCACertificate);
    if (authority?.ca === false) throw new Mistake('the server’s certificate authority');
    if (clientCertPair)
      createSecureContext({ cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) });
  } catch {
    throw new Mistake('certificates and keys must be PEM, and a key must belong to its certificate.');
  }
}
