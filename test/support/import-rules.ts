// The table of imports that are allowed between the folders of `src`, and functions that check sources by it.
import { dirname, join } from 'node:path/posix';

type Rule = {
  /** Other folders, or single files of them. */
  values: readonly string[];
  /** Folders from which only types may be imported. */
  types?: readonly string[];
  /** Left out: any package. */
  packages?: readonly string[];
};

const PRODUCT = ['order', 'contract', 'workflows', 'http', 'sequra', 'temporal', 'gateway', 'activities', 'config'];

const RULES: Readonly<Record<string, Rule>> = {
  order: { values: [], packages: [] },
  contract: { values: ['order'], packages: ['@temporalio/workflow'] },
  workflows: {
    values: ['order', 'contract'],
    packages: ['@temporalio/workflow', '@temporalio/workflow/lib/global-attributes.js', '@temporalio/common'],
  },
  http: { values: [] },
  sequra: { values: ['order', 'http'] },
  config: { values: ['order'] },
  temporal: { values: ['order'], types: ['config'] },
  gateway: { values: ['order', 'contract', 'temporal'], types: ['config', 'workflows'] },
  activities: {
    values: [
      'order',
      'contract',
      'http',
      'sequra',
      'gateway/reserve-number.ts',
      'gateway/near-references.ts',
      'gateway/recover.ts',
      'gateway/sms-budget.ts',
      'gateway/sample-histories.ts',
      'temporal/replay.ts',
    ],
  },
  telemetry: { values: ['order', 'http', 'sequra'], types: ['config', 'temporal', 'gateway', 'api'] },
  api: { values: ['order', 'contract', 'gateway', 'http/codings.ts'], types: ['config', 'telemetry'] },
  admin: { values: ['api', 'order'], types: ['telemetry', 'config'] },
  desk: {
    values: [
      'order',
      'contract',
      'gateway',
      'admin',
      'api/http/body.ts',
      'api/http/problem.ts',
      'api/fields/phone.ts',
      'ops/carry-out.ts',
      'ops/change.ts',
      'ops/change-file.ts',
      'ops/in-words.ts',
      'ops/persons.ts',
      'ops/plan.ts',
    ],
    types: ['config'],
  },
  processes: { values: [...PRODUCT, 'telemetry', 'api', 'admin', 'desk', 'simulator/files.ts'] },
  ops: { values: [...PRODUCT, 'telemetry', 'processes', 'api/fields/phone.ts', 'api/fields/nin.ts'] },
  simulator: { values: ['order', 'config', 'admin/callers.ts', 'admin/html.ts'] },
  dev: { values: [...PRODUCT, 'telemetry', 'api', 'admin', 'processes', 'simulator', 'ops'] },
};

const READS_ENVIRONMENT = /^(config\/load\.ts|config\/settings-files\.ts|simulator\/main\.ts|dev\/.*)$/;

/** Paths below `src`, and their text. */
export type Sources = ReadonlyMap<string, string>;
type Import = { specifier: string; isType: boolean };

const STATIC = /^(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\sfrom\s*)?['"]([^'"]+)['"]/gm;
const DYNAMIC = /\b(?:import|require)\s*\(\s*(?:['"]([^'"\n]+)['"])?/g;
const COMPUTED = 'what is known only when it runs';

/** An `import { type … }` counts as an import of values: it stays in the JavaScript. */
export function importsOf(source: string): Import[] {
  const code = withoutComments(source);
  const declared = [...code.matchAll(STATIC)].map(([, type, specifier = '']) => ({
    specifier,
    isType: type !== undefined,
  }));
  const called = [...code.matchAll(DYNAMIC)].map(([, specifier = COMPUTED]) => ({ specifier, isType: false }));
  return [...declared, ...called];
}

function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '');
}

function folderOf(path: string): string {
  return path.split('/')[0] ?? path;
}

export function violations(sources: Sources): string[] {
  return [...sources].flatMap(([path, source]) => [...wrongImports(path, source), ...wrongReads(path, source)]);
}

function wrongImports(path: string, source: string): string[] {
  const folder = folderOf(path);
  const rule = RULES[folder];
  if (rule === undefined) return [`${path}: no rule says what ${folder} may import`];
  return importsOf(source).flatMap(({ specifier, isType }) =>
    isAllowed(rule, path, specifier, isType)
      ? []
      : [`${path}: ${folder} may not import ${isType ? 'types from ' : ''}${specifier}`],
  );
}

/** The imported file below `src`; null for a package. */
function target(path: string, specifier: string): string | null {
  return specifier.startsWith('.') ? join(dirname(path), specifier) : null;
}

function isAllowed(rule: Rule, path: string, specifier: string, isType: boolean): boolean {
  const file = target(path, specifier);
  if (file === null) return isType || rule.packages === undefined || rule.packages.includes(specifier);
  const allowed = [folderOf(path), ...rule.values, ...(isType ? (rule.types ?? []) : [])];
  return allowed.includes(file) || allowed.includes(folderOf(file));
}

function wrongReads(path: string, source: string): string[] {
  const reads = /\bprocess\s*\.\s*env\b|\bprocess\s*\[|\benv\b[^;\n]*\bfrom 'node:process'/.test(
    withoutComments(source),
  );
  return reads && !READS_ENVIRONMENT.test(path) ? [`${path}: only config/load.ts reads process.env`] : [];
}

/** Circles of folders, and of files, that import values of each other: each circle once, as `a → b → a`. */
export function cycles(sources: Sources): string[] {
  const folders = new Map<string, Set<string>>();
  const files = new Map<string, Set<string>>();
  for (const [path, source] of sources) {
    for (const { specifier, isType } of importsOf(source)) {
      const file = target(path, specifier);
      if (file === null || isType) continue;
      add(files, path, file);
      if (folderOf(file) !== folderOf(path)) add(folders, folderOf(path), folderOf(file));
    }
  }
  return [...circles(folders), ...circles(files)];
}

function add(edges: Map<string, Set<string>>, from: string, to: string): void {
  edges.set(from, (edges.get(from) ?? new Set()).add(to));
}

/** Depth first; a node whose edges were all walked is not walked again. */
function circles(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const found = new Set<string>();
  const done = new Set<string>();
  function walk(place: string, trail: readonly string[]): void {
    const start = trail.indexOf(place);
    if (start !== -1) found.add(circle(trail.slice(start)));
    if (start !== -1 || done.has(place)) return;
    for (const next of edges.get(place) ?? []) walk(next, [...trail, place]);
    done.add(place);
  }
  for (const place of edges.keys()) walk(place, []);
  return [...found];
}

/** Begins with the first name in the alphabet, so that each circle has one spelling. */
function circle(names: readonly string[]): string {
  const first = names.indexOf(names.toSorted()[0] ?? '');
  const turned = [...names.slice(first), ...names.slice(0, first)];
  return [...turned, turned[0]].join(' → ');
}
