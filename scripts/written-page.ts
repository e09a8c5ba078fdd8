// Pages of docs/ that a command writes, between two marks: from what the code says, or from what the tests have judged.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';

const END = '<!-- end -->';

export type WrittenPage = {
  /** Below docs/. */
  path: string;
  /** As in package.json. */
  command: string;
  /** What stands between the marks. */
  written: () => string;
};

const file = ({ path }: WrittenPage) => fileURLToPath(new URL(`../docs/${path}`, import.meta.url));

/** The page as it is, and as it would be written now. */
export async function comparison(page: WrittenPage): Promise<{ present: string; next: string }> {
  const begin = `<!-- written by \`npm run ${page.command}\` -->`;
  const present = readFileSync(file(page), 'utf8');
  const [before = '', rest = ''] = present.split(begin);
  // A page may have several such parts: what follows this one stays as it is.
  const [, ...others] = rest.split(END);
  const after = others.length === 0 ? undefined : others.join(END);
  if (after === undefined) throw new Error(`docs/${page.path} has no place for what is written: ${begin} … ${END}`);
  const next = await format(`${before}${begin}\n\n${page.written()}\n\n${END}${after}`, { parser: 'markdown' });
  return { present, next };
}

/** The lines by which the two differ; none where they are the same. */
export function differences({ present, next }: { present: string; next: string }): string[] {
  const only = (sign: string, these: string, those: string) => {
    const known = new Set(those.split('\n'));
    return these
      .split('\n')
      .filter((line) => !known.has(line))
      .map((line) => `${sign} ${line}`);
  };
  return present === next ? [] : [...only('-', present, next), ...only('+', next, present)];
}

/** For a command: writes the page or, with `--check`, fails where it says something else. */
export async function writeOrCheck(page: WrittenPage): Promise<void> {
  const both = await comparison(page);
  if (!process.argv.includes('--check')) return writeFileSync(file(page), both.next);
  if (both.present === both.next) return;
  console.error(`docs/${page.path} is not as \`npm run ${page.command}\` writes it.`);
  console.error(differences(both).join('\n'));
  process.exitCode = 1;
}
