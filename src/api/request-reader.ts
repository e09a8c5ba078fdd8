// Reads from a request what its route's contract says, and checks it in one order: the order in the path (404), then the query, then the body
// (403 for its merchant, then 422).
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { ApiKey, Merchant } from '../config/model.ts';
import type { OrderView } from '../order/view.ts';
import type { Context } from './context.ts';
import { sees } from './http/auth.ts';
import { KeyReusedError } from '../gateway/errors.ts';
import { readJson, readRequiredJson } from './http/body.ts';
import { keyedRequest, keyId } from './http/idempotency-key.ts';
import { Problem } from './http/problem.ts';
import { readQuery } from './http/query.ts';
import { validated } from './http/validation.ts';
import { lookUpOrder } from './order-lookup.ts';
import type { Asked, BodyContract, Contract, RequestContract } from './route.ts';

type AnyAsked = { [Part in keyof Asked<RequestContract>]: unknown };

export function requestReader(
  {
    method,
    path,
    request: { params, follows, query, headers = {}, body },
  }: Pick<Contract, 'method' | 'path' | 'request'>,
  context: Context,
): (req: Request, res: Response, apiKey: ApiKey) => Promise<AnyAsked> {
  const readBody = body && bodyReader(body, context);
  return async (req, res, apiKey) => {
    const given = Object.fromEntries(
      Object.entries(headers).map(([name, schema]) => [name, schema.parse(req.get(name))]),
    );
    const key = (given['Idempotency-Key'] ?? null) as string | null;
    const isFollowed = (latest: OrderView) =>
      follows?.(latest, { query: query === undefined ? {} : readQuery(req, query), headers: given }) === true;
    const order = params?.['id'] && (await lookUpOrder(context, req, res, apiKey, isFollowed));
    const values = {
      query: query && readQuery(req, query),
      body: await readBody?.(req, res, apiKey, order?.merchant_id).catch(async (error: unknown) => {
        throw key !== null && (await isOfAnother(error, apiKey, key, context)) ? new KeyReusedError(KEY_REUSED) : error;
      }),
    };
    return {
      apiKey,
      res,
      order,
      ...values,
      key: key === null ? null : keyedRequest(apiKey, key, [method, path, req.params, values.body]),
      headers: given,
    };
  };
}

function bodyReader({ required, schema, merchantId }: BodyContract, { merchants, clock }: Context) {
  const ofNoMerchant = schema({ country: null, ninChecksum: 'off', clock });
  const ofMerchants = new WeakMap<Merchant, z.ZodType>();

  function rulesOf(id: string): z.ZodType {
    const merchant = merchants.get(id);
    if (merchant === undefined) return ofNoMerchant;
    const rules = ofMerchants.get(merchant) ?? schema({ ...merchant, clock });
    ofMerchants.set(merchant, rules);
    return rules;
  }

  return async (req: Request, res: Response, apiKey: ApiKey, orderOf: string | undefined): Promise<unknown> => {
    const json = required ? await readRequiredJson(req, res) : orNothing(await readJson(req, res));
    const named = merchantId?.(json) ?? null;
    if (named !== null && !(merchants.has(named) && sees(apiKey, named)))
      throw new Problem('forbidden', 'The merchant is not one of this API key’s.');
    return validated(rulesOf(orderOf ?? named ?? ''), json, 'invalid_body');
  };
}

const KEY_REUSED = 'a body with mistakes is that of no earlier request';

/** A request with mistakes cannot be the one that a key belongs to. */
async function isOfAnother(error: unknown, apiKey: ApiKey, key: string, { orders, limits }: Context): Promise<boolean> {
  const hasMistakes = error instanceof Problem && error.code === 'invalid_body';
  return hasMistakes && limits.inTurn(apiKey, () => orders.isKnown({ id: keyId(apiKey, key) }));
}

/** Some clients send `null` or `[]` in place of no body: both count as no body. */
function orNothing(json: unknown): unknown {
  return json === undefined || json === null || (Array.isArray(json) && json.length === 0) ? {} : json;
}
