// seQura's three calls over HTTP: who is calling, which fault meets the call, and what the ledger keeps of it.
import type { Request, Response, Router } from 'express';
import express from 'express';
import type { SequraAnswer } from './answers.ts';
import { ACCESS_DENIED, errorAnswer } from './answers.ts';
import { meetFault, sendAnswer } from './call-faults.ts';
import { referenceIn } from './create-body.ts';
import type { FaultBoard } from './faults.ts';
import type { Ledger } from './ledger.ts';
import { now } from './ledger.ts';
import type { SimulatedMerchant } from './merchants.ts';
import { merchantsOf } from './merchants.ts';
import type { Outcome, Provider } from './provider.ts';
import type { Call, CallKind } from './records.ts';
import type { SelfActing } from './self-acting.ts';

export type ProviderParts = {
  ledger: Ledger;
  faults: FaultBoard;
  provider: Provider;
  customers: SelfActing;
  merchants: readonly SimulatedMerchant[];
  closing: AbortSignal;
  log: (line: string) => void;
};

const MALFORMED: Outcome = {
  answer: errorAnswer(400, 'malformed_json', 'El cuerpo de la petición no es JSON'),
  effect: null,
  order: null,
};

/** Undefined for an empty body, null for one that is no JSON in UTF-8. */
function readJson(body: unknown): { value: unknown } | null {
  if (!Buffer.isBuffer(body) || body.length === 0) return { value: undefined };
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown };
  } catch {
    return null;
  }
}

export function providerRoutes({
  ledger,
  faults,
  provider,
  customers,
  merchants,
  closing,
  log,
}: ProviderParts): Router {
  const operations: Record<CallKind, (accounts: readonly SimulatedMerchant[], id: string, body: unknown) => Outcome> = {
    create: (accounts, _id, body) => provider.create(accounts, body),
    send_sms: (accounts, id, body) => provider.sendSms(accounts, id, body),
    cancel: (accounts, id) => provider.cancel(accounts, id),
  };

  function begin(kind: CallKind, id: string, body: unknown): Call {
    const order = kind === 'create' ? undefined : ledger.order(Number(id));
    return ledger.addCall({
      at: now(),
      ended_at: null,
      kind,
      merchant_id: order?.merchant_id ?? null,
      reference: order?.reference ?? referenceIn(body),
      order_id: order?.id ?? null,
      outcome: 'under_way',
      http_status: null,
      fault: null,
      effect: null,
    });
  }

  const answerTo = (kind: CallKind) => async (req: Request, res: Response) => {
    const id = String(req.params['id'] ?? '');
    const json = readJson(req.body);
    const call = begin(kind, id, json?.value);
    const accounts = merchantsOf(req.headers.authorization, merchants);

    function carryOut(): SequraAnswer {
      const { answer, effect, order } = json === null ? MALFORMED : operations[kind](accounts, id, json.value);
      const made = order !== null && { order_id: order.id, merchant_id: order.merchant_id };
      ledger.changeCall(call, { effect, ...made });
      if (effect === 'sms_sent' && order !== null) customers.gotSms(order);
      return answer;
    }

    const gone = new AbortController();
    res.once('close', () => gone.abort());
    const pending = accounts.length === 0 ? null : faults.next(call.reference, kind);
    const hit = () => {
      ledger.changeCall(call, { fault: pending?.fault.kind ?? null });
      pending?.hit();
    };
    const ending =
      pending === null
        ? await sendAnswer(res, accounts.length === 0 ? ACCESS_DENIED : carryOut())
        : await meetFault({ res, carryOut, hit, gone: gone.signal, closing }, pending.fault);
    ledger.changeCall(call, { ...ending, ended_at: now() });
    log(
      `${kind} ${JSON.stringify(call.reference)}: ${call.http_status ?? ''} ${call.outcome}${call.fault === null ? '' : `, fault ${call.fault}`}`,
    );
  };

  const body = express.raw({ type: () => true, limit: '256kb' });
  return express
    .Router()
    .post('/api/public/v1/orders', body, answerTo('create'))
    .post('/api/public/v1/orders/:id/send_sms', body, answerTo('send_sms'))
    .post('/api/public/v1/orders/:id/cancel', body, answerTo('cancel'));
}
