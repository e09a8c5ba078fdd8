// Reads from a request what its route's contract says, and checks it in one order: the order in the path (404), then the query, then the body
// (403 for its merchant, then 422).
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { ApiKey } from '../config/model.ts';
import type { Context } from './context.ts';
import { sees } from './http/auth.ts';
import { readJson, readRequiredJson } from './http/body.ts';
import { Problem } from './http/problem.ts';
import { readQuery } from './http/query.ts';
import { validated } from './http/validation.ts';
import { lookUpOrder } from './order-lookup.ts';
import type { Asked, BodyContract, RequestContract } from './route.ts';

type AnyAsked = { [Part in keyof Asked<RequestContract>]: unknown };

export function requestReader(
  { params, query, headers = {}, body }: RequestContract,
  context: Context,
): (req: Request, res: Response, apiKey: ApiKey) => Promise<AnyAsked> {
  const readBody = body && bodyReader(body, context);
  return async (req, res, apiKey) => {
    const order = params?.['id'] && (await lookUpOrder(context, req, res, apiKey));
    return {
      apiKey,
      res,
      order,
      query: query && readQuery(req, query),
      body: await readBody?.(req, res, apiKey, order?.merchant_id),
      headers: Object.fromEntries(Object.entries(headers).map(([name, schema]) => [name, schema.parse(req.get(name))])),
    };
  };
}

function bodyReader({ required, schema, merchantId }: BodyContract, { merchants, clock }: Context) {
  const ofNoMerchant = schema({ country: null, ninChecksum: 'off', clock });
  const ofMerchant = new Map([...merchants].map(([id, settings]) => [id, schema({ ...settings, clock })]));

  return async (req: Request, res: Response, apiKey: ApiKey, orderOf: string | undefined): Promise<unknown> => {
    const json = required ? await readRequiredJson(req, res) : orNothing(await readJson(req, res));
    const named = merchantId?.(json) ?? null;
    if (named !== null && !(merchants.has(named) && sees(apiKey, named)))
      throw new Problem('forbidden', 'The merchant is not one of this API key’s.');
    const rules: z.ZodType = ofMerchant.get(orderOf ?? named ?? '') ?? ofNoMerchant;
    return validated(rules, json, 'invalid_body');
  };
}

/** Some clients send `null` or `[]` in place of no body: both count as no body. */
function orNothing(json: unknown): unknown {
  return json === undefined || json === null || (Array.isArray(json) && json.length === 0) ? {} : json;
}
