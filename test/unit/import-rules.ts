// The one way in which imports go between the folders of `src`, as a table and as functions that judge sources by it.
import { dirname, join } from 'node:path/posix';

type Rule = {
  /** Folders, or single files of them, besides its own. */
  values: readonly string[];
  /** What it may import as types only. */
  types?: readonly string[];
  /** Where left out, any package will do. */
  packages?: readonly string[];
};

export const RULES: Readonly<Record<string, Rule>> = {
  order: { values: [], packages: [] },
  workflows: {
    values: ['order'],
    types: ['activities'],
    packages: ['@temporalio/workflow', '@temporalio/workflow/lib/global-attributes.js', '@temporalio/common'],
  },
  sequra: { values: ['order'] },
  activities: {
    values: ['sequra', 'order', 'workflows/messages.ts', 'temporal/last-known.ts', 'temporal/number-holder.ts'],
  },
  temporal: {
    values: ['order', 'config', 'workflows/messages.ts', 'workflows/names.ts'],
    types: ['workflows'],
  },
  api: { values: ['temporal', 'order'], types: ['config', 'processes'] },
  admin: { values: ['api'], types: ['processes'] },
  simulator: { values: ['order', 'admin/callers.ts'] },
  config: { values: ['order'] },
  processes: { values: ['order', 'workflows', 'sequra', 'activities', 'temporal', 'api', 'admin', 'config'] },
  ops: {
    values: ['order', 'workflows', 'sequra', 'activities', 'temporal', 'api', 'config', 'processes', 'simulator'],
  },
  dev: {
    values: [
      'order',
      'workflows',
      'sequra',
      'activities',
      'temporal',
      'api',
      'config',
      'processes',
      'simulator',
      'ops',
    ],
  },
};

const READS_ENVIRONMENT = /^(config\.ts|config\/settings-files\.ts|simulator\/main\.ts|dev\/.*)$/;

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

/** `config.ts` and `config/…` are one folder. */
function folderOf(path: string): string {
  return path.split('/')[0]?.replace(/\.ts$/, '') ?? path;
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

/** Below `src`; null for a package. */
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
  return reads && !READS_ENVIRONMENT.test(path) ? [`${path}: only config.ts reads process.env`] : [];
}

/** Folders that import values of each other, in a circle: each circle once, as `a → b → a`. */
export function cycles(sources: Sources): string[] {
  const edges = new Map<string, Set<string>>();
  for (const [path, source] of sources) {
    const from = folderOf(path);
    for (const { specifier, isType } of importsOf(source)) {
      const file = target(path, specifier);
      if (file === null || isType || folderOf(file) === from) continue;
      edges.set(from, (edges.get(from) ?? new Set()).add(folderOf(file)));
    }
  }
  const found = new Set<string>();
  function walk(trail: readonly string[]): void {
    for (const next of edges.get(trail.at(-1) ?? '') ?? []) {
      const start = trail.indexOf(next);
      if (start !== -1) found.add(circle(trail.slice(start)));
      else walk([...trail, next]);
    }
  }
  for (const folder of edges.keys()) walk([folder]);
  return [...found];
}

/** Written from its first name in the alphabet, wherever the walk began. */
function circle(names: readonly string[]): string {
  const first = names.indexOf(names.toSorted()[0] ?? '');
  const turned = [...names.slice(first), ...names.slice(0, first)];
  return [...turned, turned[0]].join(' → ');
}
