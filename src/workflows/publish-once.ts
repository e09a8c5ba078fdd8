// Publishes once for all that one activation brought: of several writes of the memo or of search attributes, Temporal gets the last values.
import type { WorkflowInterceptors } from '@temporalio/workflow';
import type { RunFacts } from './interceptors.ts';

type Internals = NonNullable<WorkflowInterceptors['internals']>[number];
type Command = Parameters<NonNullable<Internals['concludeActivation']>>[0]['commands'][number];

/** In compact runs. All commands of an activation take effect together, so nothing is ever done before what is known of it is published. */
export function publishOnce(facts: Pick<RunFacts, 'compact'>): Internals {
  return {
    concludeActivation: ({ commands }, next) => next({ commands: facts.compact ? onceEach(commands) : commands }),
  };
}

const MEMO = {
  has: ({ modifyWorkflowProperties: write }: Command) => write != null,
  fields: ({ modifyWorkflowProperties: write }: Command) => write?.upsertedMemo?.fields,
};
const ATTRIBUTES = {
  has: ({ upsertWorkflowSearchAttributes: write }: Command) => write != null,
  fields: ({ upsertWorkflowSearchAttributes: write }: Command) => write?.searchAttributes?.indexedFields,
};

function onceEach(commands: Command[]): Command[] {
  return [MEMO, ATTRIBUTES].reduce((left, { has, fields }) => {
    const last = left.findLast(has);
    // Where the last one is, so that it is before the end of the run.
    const into = last && fields(last);
    if (last === undefined || into == null) return left;
    const all = Object.assign({}, ...left.filter(has).map(fields)) as typeof into;
    Object.assign(into, all);
    return left.filter((command) => command === last || !has(command));
  }, commands);
}
