// Python programs that tests call, each set in an environment of its own below `.cache`.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Installs once for each set of versions; returns the folder of the programs. Needs `python3`. */
export function pythonPrograms(name: string, requirementsFile: string): string {
  const folder = fileURLToPath(new URL(`../../.cache/${name}`, import.meta.url));
  const programs = join(folder, 'bin');
  const requirements = readFileSync(requirementsFile, 'utf8');
  const installed = join(folder, 'requirements.txt');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === requirements) return programs;
  console.log(`Installing what ${requirementsFile} lists …`);
  run('python3', '-m', 'venv', '--clear', folder);
  run(join(programs, 'pip'), 'install', '--quiet', '--disable-pip-version-check', '-r', requirementsFile);
  writeFileSync(installed, requirements);
  return programs;
}

function run(command: string, ...args: string[]): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed.`);
}
