// Identifies the caller of a request by its key, or by the token in a webhook's address, before anything else is done for it. Then the request waits for its turn.
import { isDeepStrictEqual } from 'node:util';
import type { Request, RequestHandler, Response } from 'express';
import type { ApiKey, Merchant } from '../../config/model.ts';
import type { ApiMetrics } from '../context.ts';
import { isLive, presentedKey } from './auth.ts';
import type { Limits } from './limits.ts';
import { webhookMerchants, webhookToken } from './webhook-address.ts';

type Known = {
  /** As they are when a request comes, and again while its answer is sent. */
  apiKeys: readonly ApiKey[];
  merchants: ReadonlyMap<string, Merchant>;
  limits: Pick<Limits, 'lanes'>;
  metrics?: Pick<ApiMetrics, 'keyUsed'> | undefined;
};

export function identifyCaller({ apiKeys, merchants, limits: { lanes }, metrics }: Known): RequestHandler {
  const merchantOf = webhookMerchants(merchants);

  /** Also notes the key or the merchant in `locals`. */
  function laneOf({ url, headers }: Request, { locals }: Response): string {
    const token = webhookToken(url);
    if (token === null) {
      const apiKey = presentedKey(apiKeys, headers.authorization);
      if (apiKey === null) return 'nobody';
      locals.apiKey = apiKey;
      locals.isRevoked = () => !apiKeys.some((one) => hasRightsOf(one, apiKey) && isLive(one, Date.now()));
      metrics?.keyUsed(apiKey.id);
      return `key ${apiKey.id}`;
    }
    const merchant = merchantOf(token);
    if (merchant === null) return 'nobody';
    locals.merchant = merchant;
    return `webhooks of ${merchant.id}`;
  }

  return async (req, res, next) => {
    const turn = lanes.enter(laneOf(req, res), res);
    res.locals.turn = turn;
    await turn.step();
    next();
  };
}

/** A key that was given other rights is another key: whoever still has an answer under way asks again. */
function hasRightsOf({ sha256, merchants, scopes }: ApiKey, key: ApiKey): boolean {
  return sha256 === key.sha256 && isDeepStrictEqual([merchants, scopes], [key.merchants, key.scopes]);
}
