// The files that settings are read from, at the start and again when they change.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Env } from './variables.ts';

/** Paths as they are given; whether they exist is the reader's to find out. */
export function settingsFiles(env: Env = process.env): string[] {
  const named = Object.entries(env).flatMap(([name, path]) =>
    /^(\w+_FILE|TEMPORAL_\w+_PATH)$/.test(name) && path ? [path] : [],
  );
  // Where @temporalio/envconfig looks by itself.
  const configDir =
    process.platform === 'darwin'
      ? join(homedir(), 'Library', 'Application Support')
      : env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
  const temporal = join(configDir, 'temporalio', 'temporal.toml');
  return [...new Set([...named, temporal, ...filesNamedIn(env['MERCHANTS_FILE'])])];
}

/** Every `{ "file": "PATH" }` of the merchants file. One that cannot be read is reported by whoever needs it. */
export function filesNamedIn(merchantsFile: string | undefined): string[] {
  const files: string[] = [];
  try {
    JSON.parse(readFileSync(merchantsFile ?? '', 'utf8').replace(/^\uFEFF/, ''), (key, value: unknown) => {
      if (key === 'file' && typeof value === 'string') files.push(value);
      return value;
    });
  } catch {
    return files;
  }
  return files;
}

/** Where the secrets of merchants are: those that a later version of the merchants file names are there as well. */
export function secretFolders(env: Env = process.env): string[] {
  const folders = filesNamedIn(env['MERCHANTS_FILE']).map((file) => dirname(resolve(file)));
  return [...new Set(folders)].filter((folder) => folder !== dirname(folder));
}

/** For a process that has read its settings: under the permission model, nothing in it can read these files again. */
export function closeSettingsFiles(files: readonly string[]): void {
  // Since Node.js 24.20; @types/node does not know it yet.
  const permission = process.permission as { drop?: (scope: 'fs.read', path: string) => void } | undefined;
  for (const path of files) permission?.drop?.('fs.read', path);
}
