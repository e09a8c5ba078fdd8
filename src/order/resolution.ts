// What an operator answers to an attention (http-api.md, section 5).
import type { AttentionReason, ResolveAction } from './status.ts';

export type Resolution = {
  action: ResolveAction;
  operator: string;
  note: string;
  sequra_order_id?: string | undefined;
  /** The attention that it answers, as the API read it. Missing where it was typed in the Temporal UI: it answers the open one. */
  answers?: { reason: AttentionReason; since: string } | undefined;
  /** When the API sent it: it may be carried out long after the API answered that no worker is there. */
  asked_at?: string | undefined;
};
