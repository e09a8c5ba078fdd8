// The control API under `/_sim`: read the ledger, act for the customer, send any webhook, switch faults on and off.
import type { Request, Response, Router } from 'express';
import express from 'express';
import { z } from 'zod';
import type { Move, MoveOutcome } from './customer.ts';
import { MOVES } from './customer.ts';
import { FAULT_CALLS } from './fault-table.ts';
import type { ActiveFault, FaultBoard } from './faults.ts';
import { findOrders, orderQuery } from './find-orders.ts';
import type { LedgerReader } from './ledger-reader.ts';
import type { Ledger } from './ledger.ts';
import type { ProviderOrder } from './records.ts';
import type { Webhooks } from './webhooks.ts';

export type ControlParts = {
  ledger: Ledger;
  reader: LedgerReader;
  faults: FaultBoard;
  moves: Record<Move, (order: ProviderOrder) => MoveOutcome>;
  webhooks: Webhooks;
  reset: () => void;
};

const ledgerQuery = z.strictObject({ reference: z.string().optional() });
const faultQuery = z.strictObject({
  reference: z.string().optional(),
  call: z.enum(FAULT_CALLS).optional(),
  id: z.coerce.number<string>().int().optional(),
});
const faultBody = z.looseObject({ reference: z.string().min(1), call: z.enum(FAULT_CALLS) });
const webhookBody = z
  .object({ event: z.string(), event_id: z.string().nullable().optional() })
  .catchall(z.union([z.string(), z.array(z.string())]));

/** A fault as the JSON shows it: its options side by side with where it waits. */
const faultView = ({ fault, ...where }: ActiveFault) => ({ ...where, ...fault });

export function controlRoutes({ ledger, reader, faults, moves, webhooks, reset }: ControlParts): Router {
  function orderOf(req: Request, res: Response): ProviderOrder | null {
    const order = ledger.order(Number(req.params['id']));
    if (order === undefined) res.status(404).json({ error: 'order_not_found' });
    return order ?? null;
  }

  const addFault = (replace: boolean) => (req: Request, res: Response) => {
    const { reference, call, ...fault } = faultBody.parse(req.body);
    res.status(201).json(faultView(faults.addUnchecked(reference, call, fault, replace)));
  };

  const router = express.Router().use('/_sim', express.json({ limit: '256kb', type: () => true }));

  router.get('/_sim/ledger', (req, res) => {
    res.json(reader.record(ledgerQuery.parse(req.query).reference));
  });

  router.get('/_sim/orders', (req, res) => {
    const { orders, next } = findOrders(ledger.record().orders, orderQuery.parse(req.query));
    res.json({ data: orders, next_cursor: next });
  });

  for (const move of MOVES) {
    router.post(`/_sim/orders/:id/${move}`, (req, res) => {
      const order = orderOf(req, res);
      if (order === null) return;
      const outcome = moves[move](order);
      res.status(outcome === 'not_possible' ? 409 : 200).json({ outcome, order });
    });
  }

  router.post('/_sim/orders/:id/webhook', (req, res) => {
    const order = orderOf(req, res);
    if (order === null) return;
    const { event, event_id: eventId, ...params } = webhookBody.parse(req.body);
    res.status(202).json(webhooks.send(order, { event, eventId, params }));
  });

  const faultsView = () => ({ faults: faults.list().map(faultView), used_up: faults.usedUp().map(faultView) });

  router
    .route('/_sim/faults')
    .get((_req, res) => {
      res.json(faultsView());
    })
    .put(addFault(true))
    .post(addFault(false))
    .delete((req, res) => {
      faults.clear(faultQuery.parse(req.query));
      res.json(faultsView());
    });

  router.post('/_sim/reset', (_req, res) => {
    reset();
    res.json({ reset: true });
  });

  return router;
}
