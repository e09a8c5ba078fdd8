// Who a request is from, told before anything else is done for it: by its key or by the token in its address. It waits for its turn among others.
import type { Request, RequestHandler, Response } from 'express';
import type { ApiKey, Merchant } from '../../config/load.ts';
import { presentedKey } from './auth.ts';
import type { Limits } from './limits.ts';
import { tidyToken, webhookMerchants } from './webhook-token.ts';

/** Slashes too many do not matter: whoever wrote it into seQura's settings, it is meant for us. */
const WEBHOOK_URL = /^\/+webhooks\/+sequra\/+([^/?]+)\/*(?:\?|$)/;

/** The address of a webhook as there is a route for it; null for any other. */
export function webhookUrl(url: string): string | null {
  const token = WEBHOOK_URL.exec(url)?.[1];
  return token === undefined ? null : `/webhooks/sequra/${token}`;
}

type Known = { apiKeys: readonly ApiKey[]; merchants: ReadonlyMap<string, Merchant>; limits: Pick<Limits, 'lanes'> };

export function inLane({ apiKeys, merchants, limits: { lanes } }: Known): RequestHandler {
  const merchantOf = webhookMerchants(merchants);

  /** Also keeps what it has found out. */
  function laneOf({ url, headers }: Request, { locals }: Response): string {
    const token = WEBHOOK_URL.exec(url)?.[1];
    if (token === undefined) {
      const apiKey = presentedKey(apiKeys, headers.authorization);
      if (apiKey === null) return 'nobody';
      locals.apiKey = apiKey;
      return `key ${apiKey.id}`;
    }
    const merchant = merchantOf(tidyToken(decoded(token)));
    if (merchant === null) return 'nobody';
    locals.merchant = merchant;
    return `webhooks of ${merchant.id}`;
  }

  return async (req, res, next) => {
    const place = lanes.enter(laneOf(req, res), res);
    res.locals.place = place;
    await place.step();
    next();
  };
}

function decoded(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}
