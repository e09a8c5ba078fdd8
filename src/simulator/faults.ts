// The faults that are switched on. Each reference and call has a queue: its first fault meets the next call, then come those that the reference
// itself asks for, and `*` waits for all others.
import type { CallFaultKind, Fault, FaultCall, FaultInput, FaultKind, WebhookFaultKind } from './fault-table.ts';
import { parseFault } from './fault-table.ts';
import type { Ledger } from './ledger.ts';
import { now } from './ledger.ts';
import { magicOf } from './magic-references.ts';

const EVERY_REFERENCE = '*';
/** Used-up faults that are kept to be looked at. */
const REMEMBERED = 100;

export type ActiveFault = {
  id: number;
  reference: string;
  call: FaultCall;
  fault: Fault;
  left: number | null;
  hits: number;
};

/** One that took effect as often as it was to. */
export type UsedUpFault = ActiveFault & { used_up_at: string };

/** Sets, adds and clears faults; `reference` is the order's, or `*` for every order that has no fault of its own for this call. */
export type Faults = {
  /** Replaces the queue. Throws `ZodError` on a fault that is wrong for this call. */
  set<C extends FaultCall>(reference: string, call: C, fault: FaultInput<C>): void;
  /** Adds to the end of the queue. */
  add<C extends FaultCall>(reference: string, call: C, fault: FaultInput<C>): void;
  /** Also of those that are used up. */
  clear(filter?: { reference?: string | undefined; call?: FaultCall | undefined; id?: number | undefined }): void;
  list(): ActiveFault[];
  /** The newest first. */
  usedUp(): UsedUpFault[];
};

/** A fault that is about to happen; `hit` records that it did. */
type Pending<K extends FaultKind> = { fault: Fault<K>; hit: () => void };

type KindOf<C extends FaultCall> = C extends 'webhook' ? WebhookFaultKind : CallFaultKind;

export type FaultBoard = Faults & {
  addUnchecked(reference: string, call: FaultCall, fault: unknown, replace: boolean): ActiveFault;
  /** The fault that meets this call; where kinds are given, of these only. */
  next<C extends FaultCall, K extends KindOf<C>>(
    reference: string | null,
    call: C,
    kinds?: readonly K[],
  ): Pending<K> | null;
};

export function createFaults(ledger: Ledger): FaultBoard {
  let nextId = 1;
  let active: ActiveFault[] = [];
  let usedUp: UsedUpFault[] = [];

  function clear({
    reference,
    call,
    id,
  }: { reference?: string | undefined; call?: FaultCall | undefined; id?: number | undefined } = {}): void {
    const stays = (row: ActiveFault) =>
      (reference !== undefined && row.reference !== reference) ||
      (call !== undefined && row.call !== call) ||
      (id !== undefined && row.id !== id);
    active = active.filter(stays);
    usedUp = usedUp.filter(stays);
  }

  function add(reference: string, call: FaultCall, input: unknown, replace: boolean): ActiveFault {
    const fault = parseFault(call, input);
    if (replace) active = active.filter((row) => row.reference !== reference || row.call !== call);
    const row: ActiveFault = { id: nextId++, reference, call, fault, left: fault.times, hits: 0 };
    active.push(row);
    return structuredClone(row);
  }

  function useUp(row: ActiveFault): void {
    active = active.filter((one) => one !== row);
    usedUp = [{ ...row, used_up_at: now() }, ...usedUp].slice(0, REMEMBERED);
  }

  /** Its hits are counted in the ledger, so that a restart repeats none. */
  function askedForBy(reference: string, call: FaultCall): Fault | null {
    const input = magicOf(reference).faults?.[call];
    if (input === undefined) return null;
    const fault = parseFault(call, input);
    return fault.times === null || ledger.hitsOf({ reference, call, kind: fault.kind }) < fault.times ? fault : null;
  }

  return {
    set: (reference, call, fault) => void add(reference, call, fault, true),
    add: (reference, call, fault) => void add(reference, call, fault, false),
    addUnchecked: add,
    clear,
    list: () => structuredClone(active),
    usedUp: () => structuredClone(usedUp),
    next(reference, call, kinds) {
      const isWanted = ({ kind }: Fault) => kinds === undefined || (kinds as readonly FaultKind[]).includes(kind);
      const queueOf = (wanted: string | null) =>
        active.find((row) => row.reference === wanted && row.call === call && isWanted(row.fault));
      const count = ({ kind }: Fault) => ledger.addHit({ reference: reference ?? EVERY_REFERENCE, call, kind });

      const own = queueOf(reference);
      const magic = own === undefined && reference !== null ? askedForBy(reference, call) : null;
      if (magic !== null && isWanted(magic)) return { fault: magic as never, hit: () => count(magic) };
      const row = own ?? queueOf(EVERY_REFERENCE);
      if (row === undefined) return null;
      if (row.fault.skip > 0) {
        row.fault.skip -= 1;
        return null;
      }
      const hit = () => {
        row.hits += 1;
        count(row.fault);
        if (row.left === null) return;
        row.left -= 1;
        if (row.left === 0) useUp(row);
      };
      return { fault: row.fault as never, hit };
    },
  };
}
