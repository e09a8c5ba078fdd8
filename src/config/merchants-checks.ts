// What the shape of the merchants file cannot say: values that must differ, and names that must exist.
// Looks at the file as it stands, so that a wrong field elsewhere hides nothing.
import type { EventNames } from '../order/webhook.ts';
import { DEFAULT_EVENT_NAMES } from '../order/webhook.ts';
import { pointer } from './pointer.ts';

export type Path = readonly PropertyKey[];
export type Place<T = unknown> = { path: Path; value: T };
export type PlacedMistake = { path: Path; text: string };
type Raw = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listIn(document: unknown, name: string): readonly unknown[] {
  const list = isRecord(document) ? document[name] : undefined;
  return Array.isArray(list) ? list : [];
}

/** The places in `list` of a document at which each entry has `field`. */
export function places(document: unknown, list: string, field: string): Place[] {
  return listIn(document, list).flatMap((entry, index) =>
    isRecord(entry) && entry[field] !== undefined ? [{ path: [list, index, field], value: entry[field] }] : [],
  );
}

export function crossMistakes(document: unknown): PlacedMistake[] {
  const merchantIds = places(document, 'merchants', 'id');
  const digests = places(document, 'api_keys', 'sha256');
  return [
    ...repeated(merchantIds),
    ...repeated(places(document, 'api_keys', 'id')),
    ...repeated(
      digests.map(({ path, value }) => ({ path, value: typeof value === 'string' ? value.toLowerCase() : value })),
    ),
    ...unknownMerchants(places(document, 'api_keys', 'merchants'), merchantIds),
    ...places(document, 'merchants', 'events').flatMap(eventsInTwoLists),
  ];
}

export function repeated(all: readonly Place[]): PlacedMistake[] {
  return all.flatMap(({ path, value }, index) => {
    const first = all.findIndex((other) => other.value === value);
    const earlier = first < index ? all[first] : undefined;
    return earlier === undefined ? [] : [{ path, text: `is the same as ${pointer(earlier.path)}.` }];
  });
}

function unknownMerchants(lists: readonly Place[], ids: readonly Place[]): PlacedMistake[] {
  const known = new Set(ids.map(({ value }) => value));
  return lists.flatMap(({ path, value }) =>
    (Array.isArray(value) && !isEveryMerchant(value) ? value : []).flatMap((id: unknown, index) =>
      typeof id === 'string' && !known.has(id)
        ? [{ path: [...path, index], text: 'is no merchant of this file.' }]
        : [],
    ),
  );
}

export function isEveryMerchant(merchants: unknown): merchants is '*' | ['*'] {
  return merchants === '*' || (Array.isArray(merchants) && merchants.length === 1 && merchants[0] === '*');
}

const EVENT_LISTS = Object.keys(DEFAULT_EVENT_NAMES) as (keyof EventNames)[];

/** A list that the file leaves out keeps its default names. */
function eventsInTwoLists({ path, value: events }: Place): PlacedMistake[] {
  if (!isRecord(events)) return [];
  const listed = (kind: keyof EventNames): readonly unknown[] =>
    Array.isArray(events[kind]) ? events[kind] : DEFAULT_EVENT_NAMES[kind];
  return EVENT_LISTS.filter((kind) => Array.isArray(events[kind])).flatMap((kind) =>
    listed(kind).flatMap((name, index) => {
      const other = EVENT_LISTS.find((other) => other !== kind && listed(other).includes(name));
      return other === undefined ? [] : [{ path: [...path, kind, index], text: `stands in the list ${other}, too.` }];
    }),
  );
}
