// An operator's answer to an attention (http-api.md, section 5).
import type { AttentionReason, ResolveAction } from './status.ts';

export type Resolution = {
  action: ResolveAction;
  operator: string;
  note: string;
  sequra_order_id?: string | undefined;
  /** The attention that is answered, as the API read it. Missing if the answer was typed in the Temporal UI: then the open one is meant. */
  answers?: { reason: AttentionReason; since: string } | undefined;
  /** When the API sent the answer, which may be carried out long after the API has replied that no worker is there. */
  asked_at?: string | undefined;
};
