// Who may call a port that asks nobody for a key: whoever names it as its operator does, and no page of another origin. A page that has its own
// name point at this machine (DNS rebinding) still sends that name.
import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';

export type Callers = {
  /** Names or addresses, beside those of loopback and the address that was called. */
  hosts: readonly string[];
  /** Of pages. */
  origins: readonly string[];
  /** Whether a page of this port itself may call it. */
  own?: boolean;
};

export type Refused = 'host' | 'origin';

/** Null where the caller may go on. */
export function refusedCaller(req: IncomingMessage, { hosts, origins, own = false }: Callers): Refused | null {
  const named = authorities(req);
  const here = plainAddress(req.socket.localAddress ?? '');
  const known = [here, ...hosts.map(canonical)];
  if (named.length === 0 || !named.every((authority) => isKnown(authority, known))) return 'host';

  const origin = only(req.headersDistinct['origin']);
  if (origin === undefined) return null;
  const ofOurs =
    own && named.some((authority) => origin === `http://${authority}` || origin === `https://${authority}`);
  return ofOurs || (origin !== null && origins.includes(origin)) ? null : 'origin';
}

/** By `Host`, and by the target where that is a whole URL; none where `Host` is missing or repeated. */
function authorities({ headersDistinct, url = '' }: IncomingMessage): string[] {
  const host = only(headersDistinct['host']);
  if (host === undefined || host === null) return [];
  if (url.startsWith('/') || url === '*') return [host];
  return [host, URL.canParse(url) ? new URL(url).host : ''];
}

/** Undefined: not there; null: repeated. */
function only(values: readonly string[] | undefined): string | null | undefined {
  return values === undefined || values.length < 2 ? values?.[0] : null;
}

/**
 * Any port will do: it may have been forwarded. The address that the connection came in by is safe, since a page of another name cannot name an
 * address; the probes of Kubernetes and the targets of Prometheus call by it.
 */
function isKnown(authority: string, known: readonly string[]): boolean {
  const [, name] = /^(\[[0-9a-f:.]{2,64}\]|[a-z0-9._-]{1,253})(?::\d{0,5})?$/i.exec(authority) ?? [];
  if (name === undefined) return false;
  const host = canonical(name);
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.')) || known.includes(host);
}

/** In lower case; an address of IPv6 in its shortest form, without brackets. */
function canonical(host: string): string {
  return plainAddress(host.replace(/^\[|\]$/g, '').toLowerCase());
}

function plainAddress(address: string): string {
  if (!address.includes(':')) return address;
  const [withoutZone = ''] = address.split('%');
  const url = `http://[${withoutZone}]`;
  if (!URL.canParse(url)) return address;
  const short = new URL(url).hostname.slice(1, -1);
  const [, high = '', low = ''] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? [];
  if (high === '') return short;
  const words = [parseInt(high, 16), parseInt(low, 16)];
  return words.flatMap((word) => [word >> 8, word & 255]).join('.');
}
