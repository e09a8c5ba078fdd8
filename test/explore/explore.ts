// Walks every world that can be reached, breadth first: each state once, its invariants judged, and what led to a violation told from the start.
import { getHeapStatistics } from 'node:v8';
import type { Scenario } from './bounds.ts';
import type { Decider } from './decider.ts';
import { happensWith } from './happens.ts';
import { judgeRest } from './judge-order.ts';
import { movesOf } from './moves.ts';
import { Visited } from './visited.ts';
import type { World } from './world.ts';
import { copyOf, keyOf, newWorld, withoutPast } from './world.ts';

type CounterExample = { what: string; story: string[] };
export type Report = {
  scenario: string;
  states: number;
  transitions: number;
  depth: number;
  rests: number;
  complete: boolean;
  counterExample: CounterExample | null;
};

export type Limits = { until?: number; maxStates?: number; onLevel?: (report: Report) => void };

export function explore(scenario: Scenario, d: Decider, limits: Limits = {}): Report {
  const happens = happensWith(d);
  const visited = new Visited();
  const report: Report = {
    scenario: scenario.name,
    states: 0,
    transitions: 0,
    depth: 0,
    rests: 0,
    complete: true,
    counterExample: null,
  };
  const start = newWorld(scenario);
  visited.add(keyOf(start), -1, 0);
  let level: { index: number; world: World }[] = [{ index: 0, world: start }];
  const isOver = () =>
    (limits.until !== undefined && Date.now() > limits.until) ||
    visited.size >= (limits.maxStates ?? Infinity) ||
    (report.transitions % 65_536 === 0 && isFull());

  const fails = (error: unknown, index: number, last: number | null): Report => {
    const path = visited.pathTo(index);
    const what =
      error instanceof Error ? `${error.name === 'Violation' ? '' : `${error.name}: `}${error.message}` : String(error);
    report.counterExample = { what, story: tell(scenario, d, last === null ? path : [...path, last]) };
    report.states = visited.size;
    return report;
  };

  while (level.length > 0) {
    const next: typeof level = [];
    for (const { index, world } of level) {
      if (report.transitions % 64 === 0 && isOver()) {
        report.complete = false;
        report.states = visited.size;
        return report;
      }
      let moves;
      try {
        moves = movesOf(world, d, happens);
        if (moves.every(({ spends }) => spends !== undefined)) {
          report.rests += 1;
          judgeRest(world);
        }
      } catch (error) {
        return fails(error, index, null);
      }
      for (const [number, move] of moves.entries()) {
        report.transitions += 1;
        const after = copyOf(world);
        try {
          move.do(after);
        } catch (error) {
          return fails(error, index, number);
        }
        prune(after);
        const known = visited.size;
        const found = visited.add(keyOf(after), index, number);
        if (move.spends === undefined && found !== index) visited.edge(index, found);
        if (visited.size > known) next.push({ index: found, world: after });
      }
    }
    level = next;
    if (level.length > 0) report.depth += 1;
    report.states = visited.size;
    limits.onLevel?.(report);
  }
  const looping = visited.findLoop();
  if (looping !== null) return fails(new Error('I9: what happens by itself can go on for ever'), looping, null);
  return report;
}

/** Before it is out of memory. */
function isFull(): boolean {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return used > 0.8 * limit;
}

function prune(world: World): void {
  const isOne = world.memo === world.order;
  world.order = withoutPast(world.order);
  world.memo = isOne ? world.order : withoutPast(world.memo);
  if (world.forgotten !== null) world.forgotten = withoutPast(world.forgotten);
  if (world.point !== null) world.point.order = withoutPast(world.point.order);
}

/** The life that these moves make, move by move, and what each makes of the order. */
function tell(scenario: Scenario, d: Decider, path: readonly number[]): string[] {
  const happens = happensWith(d);
  let world = newWorld(scenario);
  const story: string[] = [];
  for (const number of path) {
    const move = movesOf(world, d, happens)[number];
    if (move === undefined) break;
    world = copyOf(world);
    try {
      move.do(world);
      prune(world);
      story.push(`${move.name}  ⇒  ${inWords(world)}`);
    } catch {
      story.push(`${move.name}  ⇒  here it breaks, with the order ${inWords(world)}`);
      break;
    }
  }
  return story;
}

function inWords({ order, run, atSequra, call }: World): string {
  const open = Object.keys(order.attentions);
  const there = atSequra.map(({ id, status }) => `${id} ${status}`).join(', ');
  return [
    order.status,
    ...(open.length > 0 ? [`asks: ${open.join(', ')}`] : []),
    ...(run === 'running' ? [] : [run]),
    ...(call === null ? [] : [`${call.step} under way`]),
    `at seQura: ${there || 'nothing'}`,
  ].join('; ');
}
