// Marks values that no payload of their order vouches for. The codec wraps them, so that code which does not unwrap them cannot read them.
import type { Order } from './order.ts';

/**
 * `plain`: not encrypted, so anybody who may write to Temporal can have written it. `typed`: encrypted by the codec endpoint, which does not know for
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

/** A value that a process of ours wrote; undefined for any other. The caller checks whether an unbound value belongs to its order. */
export function ownValue(given: unknown): unknown {
  const { how, value } = opened(given);
  return how === 'vouched' || how === 'unbound' ? value : undefined;
}

/** Unwraps for a run that was started before payloads were bound: it also believes unbound values. */
export function ofBefore(given: unknown): unknown {
  const { how, value } = opened(given);
  return how === 'unbound' ? value : given;
}

/** The codec endpoint encodes when somebody submits: an older value was copied, or a clock is wrong. */
const FRESH_MS = 15 * 60_000;

/** Why a message to this order is not believed, in words that follow “it was”; null if it is believed. */
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
