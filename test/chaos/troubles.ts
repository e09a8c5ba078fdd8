// What chaos does to the site: classes of trouble, each with a way to begin it, to end it, and to know that it met somebody.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivityCommand, Which } from '../support/activity-commands.ts';
import { moreAttempts, pause, presentActivity, resetActivity, unpause } from '../support/activity-commands.ts';
import { reset } from '../support/resets.ts';
import type { Part, Site } from '../support/site.ts';
import type { Chance } from './random.ts';

export type Trouble = {
  /** Its class, in the report. */
  name: string;
  /** Two at a time must not touch the same thing. */
  touches: string[];
  begin: () => Promise<void> | void;
  end: () => Promise<void> | void;
  /** Tries once more to meet somebody; left out where whoever comes by is met. */
  again?: () => Promise<void>;
  /** How often it has met somebody since it began. */
  hits: () => number;
};

/** Orders that an operator's hand in the Temporal UI may reach. */
export type Reachable = () => string[];

/** Of orders that an operator's hand reaches for, until one can be had. */
const MOST_TRIES = 5;

export function troublesOf(site: Site, chance: Chance, reachable: Reachable): Trouble[] {
  const { parts, apis, workers, ways, client } = site;
  const kinds = (name: string) => name.replace(/ [12]/, '');
  return [
    ...parts.flatMap((part) => [
      onParts(`kill ${kinds(part.name)}`, [part], 'kill', 'launch'),
      onParts(`pause ${kinds(part.name)}`, [part], 'pause', 'resume'),
    ]),
    ...[...apis.slice(0, 1), ...workers.slice(1)].map((part) =>
      onParts(`deploy ${kinds(part.name)}`, [part], 'end', 'launch'),
    ),
    onParts('kill every worker', workers, 'kill', 'launch'),
    ...Object.entries(ways).flatMap(([name, way]) =>
      (
        [
          ['cut', 'cut', () => way.cut()],
          ['silent there', 'stalled', () => way.stall('there')],
          ['silent back', 'stalled', () => way.stall('back')],
          ['silent', 'stalled', () => way.stall('there', 'back')],
          ['slow', 'slowed', () => way.slow(chance.between(50, 600))],
        ] as const
      ).map(([what, counter, begin]): Trouble => {
        let before = 0;
        return {
          name: `${what}: ${name.replaceAll(/ [12]/g, '')}`,
          touches: [name],
          begin() {
            before = way.met[counter];
            begin();
          },
          end: () => way.heal(),
          hits: () => way.met[counter] - before,
        };
      }),
    ),
    offline(site),
    ...(['http_503', 'reset_after_effect', 'timeout_before_effect', 'rate_limited'] as const).map((kind) =>
      storm(site, kind),
    ),
    byHand('terminate', reachable, chance, async (id) => void (await client.workflow.getHandle(id).terminate('chaos'))),
    byHand(
      'request cancellation',
      reachable,
      chance,
      async (id) => void (await client.workflow.getHandle(id).cancel()),
    ),
    byHand('reset', reachable, chance, (id) => reset(client, id, (tasks) => Math.floor(chance.next() * tasks))),
    byHand('a batch', reachable, chance, (id) =>
      batch(site, [id, ...chance.shuffled(reachable()).slice(0, 2)], chance),
    ),
    ...Object.entries(ON_ACTIVITIES).map(([what, commands]) => onActivities(site, what, commands, reachable, chance)),
    doorClosed(site),
  ];
}

/** What is done to a part, or to several, has met somebody as soon as it is done. */
function onParts(name: string, all: Part[], begin: 'kill' | 'end' | 'pause', end: 'launch' | 'resume'): Trouble {
  let times = 0;
  return {
    name,
    touches: all.map((part) => part.name),
    async begin() {
      await Promise.all(all.map(async (part) => part[begin]()));
      times = 1;
    },
    end: async () => void (await Promise.all(all.map(async (part) => part[end]()))),
    hits: () => times,
  };
}

/** For longer than any deadline takes to come. Hit: an order whose deadline had to wait. */
function doorClosed({ client, ways }: Site): Trouble {
  const name = 'sequra to api';
  const shutOut = `WorkflowType = 'orderWorkflow' AND OrderAttention = 'webhooks_unreachable'`;
  let waiting = 0;
  return {
    name: 'the door is closed over a deadline',
    touches: [name],
    begin() {
      waiting = 0;
      ways[name]?.cut();
    },
    async again() {
      waiting = await client.workflow.count(shutOut).then(
        ({ count }) => count,
        () => 0,
      );
    },
    end: () => ways[name]?.heal(),
    hits: () => waiting,
  };
}

function offline({ simulator, ways }: Site): Trouble {
  const refused = () => Object.values(ways).reduce((sum, { met }) => sum + met.refused, 0);
  let before = 0;
  return {
    name: 'sequra refuses connections',
    touches: ['sequra'],
    begin() {
      before = refused();
      return simulator.goOffline();
    },
    end: () => simulator.goOnline(),
    hits: () => refused() - before,
  };
}

/** Every call for a while, of orders that have no fault of their own. */
function storm(
  { simulator }: Site,
  kind: 'http_503' | 'reset_after_effect' | 'timeout_before_effect' | 'rate_limited',
): Trouble {
  const calls = ['create', 'send_sms', 'cancel'] as const;
  const count = () =>
    simulator.ledger
      .faultHits()
      .filter((hit) => hit.kind === kind)
      .reduce((sum, { hits }) => sum + hits, 0);
  let before = 0;
  return {
    name: `sequra: ${kind} for all`,
    touches: ['sequra'],
    begin() {
      before = count();
      for (const call of calls) simulator.faults.set('*', call, { kind, times: null });
    },
    end: () => simulator.faults.clear({ reference: '*' }),
    hits: () => count() - before,
  };
}

function byHand(name: string, reachable: Reachable, chance: Chance, act: (id: string) => Promise<void>): Trouble {
  let times = 0;
  const reach = async () => {
    for (const id of chance.shuffled(reachable()).slice(0, MOST_TRIES)) {
      // It may have ended meanwhile, or Temporal may be away.
      times = await act(id).then(
        () => 1,
        () => 0,
      );
      if (times > 0) return;
    }
  };
  return {
    name: `operator: ${name}`,
    touches: ['operator'],
    async begin() {
      times = 0;
      await reach();
    },
    again: reach,
    end: () => {},
    hits: () => times,
  };
}

const BATCHES = [
  { cancellationOperation: {} },
  { terminationOperation: {} },
  { resetOperation: { options: { firstWorkflowTask: {} } } },
];
const BATCH_MS = 4_000;

/** Throws where it reached none of them. */
async function batch({ client }: Site, ids: readonly string[], chance: Chance): Promise<void> {
  const { namespace, identity } = client.options;
  const executions = await Promise.all(
    [...new Set(ids)].map(async (workflowId) => {
      const { runId } = await client.workflow.getHandle(workflowId).describe();
      return { workflowId, runId };
    }),
  );
  const jobId = randomUUID();
  const what = { namespace, jobId, reason: 'chaos', executions, ...chance.pick(BATCHES) };
  await client.workflowService.startBatchOperation(
    'resetOperation' in what ? { ...what, resetOperation: { ...what.resetOperation, identity } } : what,
  );
  for (const giveUpMs = Date.now() + BATCH_MS; Date.now() < giveUpMs; await sleep(200)) {
    const { completeOperationCount } = await client.workflowService.describeBatchOperation({ namespace, jobId });
    if (Number(completeOperationCount) > 0) return;
  }
  throw new Error('the batch reached nobody');
}

/** What an operator does to a call to seQura that is under way, and how it is put right in the end. */
const ON_ACTIVITIES: Record<string, { now: ActivityCommand[]; late?: ActivityCommand }> = {
  'pause an activity': { now: [pause] },
  'pause and unpause an activity': { now: [moreAttempts, pause], late: unpause },
  'reset an activity': { now: [moreAttempts, resetActivity] },
};

/** Calls take a while meanwhile, so that there are some. */
function onActivities(
  { client, simulator }: Site,
  what: string,
  { now, late }: { now: ActivityCommand[]; late?: ActivityCommand },
  reachable: Reachable,
  chance: Chance,
): Trouble {
  const touched: Which[] = [];
  async function act(id: string): Promise<void> {
    const which = await presentActivity(client, id);
    if (which === null) throw new Error('nothing is under way');
    for (const command of now) await command(client, which);
    touched.push(which);
  }
  const hand = byHand(what, reachable, chance, act);
  return {
    ...hand,
    touches: [...hand.touches, 'sequra'],
    begin() {
      touched.length = 0;
      for (const call of ['create', 'send_sms'] as const)
        simulator.faults.set('*', call, { kind: 'delay', delay_ms: 1_500, times: null });
      return hand.begin();
    },
    async end() {
      simulator.faults.clear({ reference: '*' });
      // It may be over, or Temporal away.
      for (const which of touched) await late?.(client, which).catch(() => {});
    },
  };
}
