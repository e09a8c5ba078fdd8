// Operators at the desk, in a real browser, in front of the whole service.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import type axe from 'axe-core';
import { pino } from 'pino';
import { startDesk } from '../../src/processes/desk.ts';
import type { Running } from '../../src/processes/process.ts';
import type { Service } from '../support/service.ts';
import { startService, TASK_QUEUE } from '../support/service.ts';
import { findChromium, FLAGS } from './browser.ts';

export const WIDE = { width: 1280, height: 900 };
export const NARROW = { width: 360, height: 740 };

export type Desk = {
  service: Service;
  url: string;
  /** A new browser profile; fails at the end where a page complained or asked another host. */
  visit(options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
};

export async function openDesk(): Promise<Desk> {
  const service = await startService();
  const desk: Running = await startDesk(
    {
      temporal: { connectionOptions: { address: service.address }, namespace: 'default' },
      payloadKeys: service.payloadKeys,
      taskQueue: TASK_QUEUE,
      adminHost: '127.0.0.1',
      adminHosts: [],
      codecOrigins: [],
      login: null,
      logLevel: 'silent',
      port: 0,
      temporalUiUrl: 'http://127.0.0.1:8233',
      docsUrl: 'https://docs.example',
    },
    pino({ level: 'silent' }),
  );
  const browser: Browser = await chromium.launch({ executablePath: findChromium(process.env) ?? '', args: FLAGS });
  const contexts: BrowserContext[] = [];
  const complaints: string[] = [];
  const url = `http://127.0.0.1:${desk.adminPort}`;
  return {
    service,
    url,
    async visit(options = {}) {
      const context = await browser.newContext({ viewport: WIDE, baseURL: url, ...options });
      contexts.push(context);
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`);
      });
      page.on('pageerror', (error) => complaints.push(`page: ${error.message}`));
      page.on('request', (request) => {
        const { protocol, origin } = new URL(request.url());
        if (protocol !== 'data:' && origin !== url) complaints.push(`another host: ${request.url()}`);
      });
      return page;
    },
    async close() {
      for (const context of contexts) await context.close();
      await browser.close();
      await desk.stop();
      await service.close();
      assert.deepEqual(complaints, []);
    },
  };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** No rule of axe is broken, best practices among them. */
export async function assertAccessible(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  assert.deepEqual(found, [], page.url());
}

/** Nothing has to be scrolled sideways. */
export async function assertFitsInto(page: Page, width: number): Promise<void> {
  const needed = await page.locator('html').evaluate((root) => root.scrollWidth);
  assert.ok(needed <= width, `${page.url()} is ${needed} px wide`);
}

/** For people: `DESK_SCREENSHOTS=folder` keeps what the tests see. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env['DESK_SCREENSHOTS'];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
