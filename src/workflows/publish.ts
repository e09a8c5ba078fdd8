// Makes an order visible outside its workflow: the memo for reads, search attributes for lists, details for the Temporal UI.
import { patched } from '../contract/patches.ts';
import { log, setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { isListed } from '../order/listed.ts';
import type { Order } from '../order/order.ts';
import { ATTENTION_REASONS } from '../order/status.ts';
import { changedSearchAttributes } from '../order/search-attributes.ts';
import { currentDetails } from '../order/words.ts';
import type { RunFacts } from './interceptors.ts';

/** Publishes each change of an order that its readers know as `first`. Writes only what changed: each upsert of search attributes is a billable action. */
export function publisher(first: Order, facts: RunFacts): (before: Order, after: Order) => void {
  /** As the memo has it. */
  let published = first;
  return (before, after) => {
    setCurrentDetails(currentDetails(after));
    logAttentions(before, after);
    const isSeen = before.revision !== after.revision;
    if (!isSeen && !(changedUnseen(before, after) && patched('memo-knows-what-is-under-way', facts))) return;
    if (!facts.compact || !isListed(published, after)) {
      upsertMemo({ order: after });
      published = after;
    }
    const changed = changedSearchAttributes(before, after);
    if (changed.length > 0) upsertSearchAttributes(changed);
  };
}

/** Not while a history is replayed: the SDK leaves those lines out. */
function logAttentions({ attentions: before }: Order, { attentions: after, merchantId }: Order): void {
  for (const attention of ATTENTION_REASONS) {
    const was = before[attention] !== undefined;
    if (was === (after[attention] !== undefined)) continue;
    log.warn(was ? 'no longer needs a human' : 'needs a human', { attention, merchant_id: merchantId });
  }
}

/** Whether something has changed that the API does not show, but that the next run needs in the memo. An order without trouble has no such change. */
function changedUnseen(before: Order, after: Order): boolean {
  const underWay = ({ cancel, sms, lateAnswer, keyed }: Order) =>
    JSON.stringify([cancel, sms.queue, sms.retryAt, lateAnswer ?? null, keyed ?? null]);
  return underWay(before) !== underWay(after);
}
