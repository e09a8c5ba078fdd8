// Why Temporal cannot be reached, where its address, certificates or credentials do not fit: what gRPC and the SDK say of it, each in its own words,
// as one sentence of ours. None quotes a value.
import { GRPC, grpcStatus } from './grpc-status.ts';

export type Trouble = {
  /** For logs. */
  code: string;
  /** What is wrong, and which settings say otherwise. */
  sentence: string;
  /** Only other settings, or another server, will mend it. */
  lasts: boolean;
};

const lasting = (code: string, sentence: string): Trouble => ({ code, sentence, lasts: true });

const CREDENTIALS =
  'Look at TEMPORAL_API_KEY or the client certificate (TEMPORAL_TLS_CLIENT_CERT_…), and at TEMPORAL_NAMESPACE.';

const unauthenticated = lasting('unauthenticated', `Temporal does not take our credentials. ${CREDENTIALS}`);
const denied = lasting('permission_denied', `Temporal does not let us into the namespace. ${CREDENTIALS}`);
const BY_STATUS: Readonly<Record<number, Trouble>> = {
  [GRPC.UNAUTHENTICATED]: unauthenticated,
  [GRPC.PERMISSION_DENIED]: denied,
};

/** Words of Node.js and OpenSSL, with which clients connect, and of rustls, with which workers do. */
const BY_WORDS: readonly [RegExp, Trouble][] = [
  [/does not have valid authentication credentials/, unauthenticated],
  [/does not have permission to execute/, denied],
  [
    /certificate has expired|certificate is not yet valid|InvalidCertificate\((Expired|NotValidYet)/,
    lasting(
      'certificate_expired',
      'The certificate of Temporal has expired, or is not valid yet. Look at it, and at the clock here.',
    ),
  ],
  [
    /ERR_TLS_CERT_ALTNAME_INVALID|NotValidForName/,
    lasting(
      'certificate_of_another_name',
      'The certificate of Temporal is for another name. Look at TEMPORAL_ADDRESS, or set TEMPORAL_TLS_SERVER_NAME.',
    ),
  ],
  [
    /unable to verify the first certificate|unable to get (local )?issuer|self-signed certificate|UnknownIssuer|CaUsedAsEndEntity|InvalidCertificate\(/,
    lasting(
      'certificate_not_trusted',
      'The certificate of Temporal is of an authority that is not trusted here. TEMPORAL_TLS_SERVER_CA_CERT_PATH names one.',
    ),
  ],
  [
    /alert (bad|unsupported|unknown) c(ertificate|a)\b|alert certificate \w+|received fatal alert: (\w*Certificate\w*|UnknownCA)/,
    lasting(
      'client_certificate',
      'Temporal asks for a client certificate, or does not take ours. Look at TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH.',
    ),
  ],
  [
    /wrong version number|packet length too long|InvalidContentType/,
    lasting('no_tls', 'Temporal speaks no TLS at this address. Look at TEMPORAL_ADDRESS and TEMPORAL_TLS.'),
  ],
  [
    /No connection established\. Last error: Failed to connect|broken pipe|Kind\(ConnectionReset\)|unexpected-eof/,
    {
      code: 'dropped',
      sentence:
        'Temporal, or a proxy before it, closes each connection at once. It may speak TLS only (TEMPORAL_TLS=true), or take no client certificate but another one (TEMPORAL_TLS_CLIENT_CERT_PATH).',
      lasts: false,
    },
  ],
];

/** Null: none of these; it may be away, or slow. */
export function troubleOf(error: unknown): Trouble | null {
  const status = grpcStatus(error);
  const known = status === null ? undefined : BY_STATUS[status];
  if (known !== undefined) return known;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { name, message } = cause;
    // Of a connection, not of what an order says.
    if (status !== GRPC.UNAVAILABLE && name !== 'TransportError') continue;
    const found = BY_WORDS.find(([words]) => words.test(message));
    if (found !== undefined) return found[1];
  }
  return null;
}
