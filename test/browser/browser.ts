// A phone-sized headless Chromium that watches for console errors and requests to other hosts.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Null where this machine has no Chromium. A path that is set must be there: a typing mistake is no reason to skip. */
export function findChromium(env: Record<string, string | undefined>): string | null {
  const set = env['CHROMIUM_PATH'];
  if (set !== undefined) {
    if (!existsSync(set)) throw new Error(`CHROMIUM_PATH names no file: ${set}`);
    return set;
  }
  return CANDIDATES.find((path) => existsSync(path)) ?? null;
}

/** Options of a suite: skipped with a notice where there is no Chromium, and failing there in CI. */
export function skipWithoutChromium(): { skip: string | false } {
  if (findChromium(process.env) !== null) return { skip: false };
  const missing = 'no Chromium on this machine: install it, or set CHROMIUM_PATH';
  if (process.env['CI'] !== undefined) throw new Error(missing);
  console.warn(`SKIPPED: ${missing}`);
  return { skip: missing };
}

export type Phone = {
  page: Page;
  /** Fails where a page logged an error, asked another host, or is wider than the phone was. */
  assertQuiet: () => void;
  close: () => Promise<void>;
};

/** `origin`: the one host whose pages may be asked for. */
export async function startPhone(executablePath: string, origin: string): Promise<Phone> {
  const userData = await mkdtemp(join(tmpdir(), 'phone-'));
  const context: BrowserContext = await chromium.launchPersistentContext(userData, {
    executablePath,
    args: FLAGS,
    viewport: { width: 360, height: 740 },
    isMobile: true,
    hasTouch: true,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(10_000);

  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`page: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.origin !== origin) complaints.push(`another host: ${request.url()}`);
  });

  return {
    page,
    assertQuiet: () => assert.deepEqual(complaints, []),
    async close() {
      await context.close();
      await rm(userData, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** The page fits the phone: nothing is to be scrolled sideways. */
export async function assertFits(page: Page): Promise<void> {
  const width = await page.locator('html').evaluate((root) => root.scrollWidth);
  assert.ok(width <= 360, `${page.url()} is ${width} px wide`);
}
