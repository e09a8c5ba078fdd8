// Marks values that no payload of their order vouches for. The codec wraps them: code that does not unwrap them finds nothing that it can read.
import type { Order } from './order.ts';

/**
 * `plain`: not encrypted, so written by anybody who may write to Temporal. `typed`: encrypted by the codec endpoint, which does not know for
 * which order. `unbound`: encrypted before payloads were bound to their orders.
 */
export type Unvouched = 'plain' | 'typed' | 'unbound';

export type Opened = { how: Unvouched | 'vouched'; value: unknown; typedAt: string };

const ALL: readonly Unvouched[] = ['plain', 'typed', 'unbound'];

export function unvouched(how: Unvouched, value: unknown, typedAt = ''): object {
  return { unvouched: how, typed_at: typedAt, value };
}

export function opened(given: unknown): Opened {
  const { unvouched: mark, typed_at: typedAt, value } = (given ?? {}) as Record<string, unknown>;
  const how = ALL.find((known) => known === mark);
  if (how === undefined) return { how: 'vouched', value: given, typedAt: '' };
  return { how, value, typedAt: typeof typedAt === 'string' ? typedAt : '' };
}

/** What a process of ours wrote; undefined for anything else. The caller checks whether an unbound value is of its order. */
export function ownValue(given: unknown): unknown {
  const { how, value } = opened(given);
  return how === 'vouched' || how === 'unbound' ? value : undefined;
}

/** For a run that was started before payloads were bound: unbound values count in it. */
export function ofBefore(given: unknown): unknown {
  const { how, value } = opened(given);
  return how === 'unbound' ? value : given;
}

/** The codec endpoint encodes at the moment at which somebody submits: what is older was copied, or a clock is wrong. */
const FRESH_MS = 15 * 60_000;

/** Why what was sent to this order is not believed, in words that follow “it was”; null where it is believed. */
export function distrust(
  { how, value, typedAt }: Opened,
  { id, policy }: Pick<Order, 'id' | 'policy'>,
  at: string,
): string | null {
  if (how === 'vouched') return null;
  if (how === 'unbound') return 'encrypted before this order was placed';
  const named = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  if (named !== undefined && named !== id) return 'typed for another order';
  if (policy.trustPlain === true) return null;
  if (how === 'plain') return 'typed without the codec';
  const isFresh = Math.abs(Date.parse(at) - Date.parse(typedAt)) <= FRESH_MS;
  return named === id || isFresh ? null : 'typed too long ago';
}
