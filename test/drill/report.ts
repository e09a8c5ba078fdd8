// What a drill has to say.
import { counted, section } from '../chaos/report.ts';
import type { Evidence } from '../oracle/evidence.ts';
import type { Lost } from './judge-restore.ts';
import type { judgeRestore } from './judge-restore.ts';

type Findings = {
  /** `listed`: ids that the runbook's list named. */
  lost: Lost & { listed: number };
  /** What `reconcile` said and did before any worker ran, and afterwards until there was nothing left to do. */
  told: string;
  repaired: readonly string[];
  /** Orders that tills placed again. */
  again: number;
  answered: ReadonlyMap<string, number>;
  quietMs: number | null;
  /** What `reconcile` says at the end: for humans. */
  left: string;
  replayed: number;
  evidence: Evidence;
  verdict: ReturnType<typeof judgeRestore>;
};

/** By order and task: the same line comes again until it is done. */
const tasksIn = (texts: readonly string[]) =>
  counted([...new Set(texts.flatMap((text) => text.split('\n')))].flatMap(tasksOf));

const tasksOf = (line: string) => (line === '' ? [] : (JSON.parse(line) as { tasks: string[] }).tasks);

export function failures({ lost, quietMs, left, verdict: { violations, machine }, evidence }: Findings): string[] {
  return [
    ...violations.map(({ invariant, order, what }) => `${invariant} ${order}: ${what}`),
    ...machine.createsAgain.map((id) => `created again without anybody's word: ${id}`),
    ...machine.smsAgain.map((id) => `an SMS without anybody's word: ${id}`),
    ...machine.unlisted.map((id) => `forgotten, and on no list: ${id}`),
    ...left
      .split('\n')
      .filter((line) => tasksOf(line).some((task) => task !== 'look'))
      .map((line) => `not repaired: ${line}`),
    ...(quietMs === null ? ['I9: it never came to rest'] : []),
    ...(lost.listed === 0 || lost.rows.length < 3 ? ['hardly anything was forgotten: it proves nothing'] : []),
    ...(evidence.orders.length === 0 ? ['there were no orders'] : []),
  ];
}

export function report(findings: Findings): string {
  const { lost, told, repaired, again, answered, left, replayed, evidence, verdict } = findings;
  const endings = evidence.orders.map(({ status, attention }) =>
    attention === null ? status : `${status}, asks ${attention.reason}`,
  );
  const { machine } = verdict;
  const problems = failures(findings);
  return [
    section('what only seQura knows when the backup is back', lost.rows),
    section('reconcile, before any worker runs', tasksIn([told])),
    `tills placed again: ${again}`,
    section('reconcile, with workers', tasksIn(repaired)),
    section('operator, for the rest', [...answered]),
    section(`${evidence.orders.length} orders, by ending`, counted(endings)),
    section('done without anybody’s word', [
      ['creates of what seQura had', machine.createsAgain.length],
      ['SMS for what seQura had', machine.smsAgain.length],
    ]),
    section('invariants: things judged', [
      ...Object.entries(verdict.judged),
      ['I13', `${replayed} histories replayed`],
    ]),
    `left for a human: ${left === '' ? 'nothing' : `\n${left}`}`,
    `violations: ${verdict.violations.length}`,
    ...(problems.length === 0 ? [] : ['FAILED', ...problems.map((problem) => `  ${problem}`)]),
  ].join('\n');
}
