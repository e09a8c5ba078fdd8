// An operator at the Temporal UI's own pages, with payloads decoded as in production, in front of the whole service.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { freePort } from '../../src/dev/temporal.ts';
import { codecRoutes } from '../../src/admin/codec-routes.ts';
import { createPeople } from '../../src/admin/people.ts';
import { createPeoplesCodec } from '../../src/temporal/codec.ts';
import { openAdmin } from '../support/admin.ts';
import { PAYLOAD_KEYS } from '../support/canaries.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { until } from '../support/waits.ts';
import { findChromium, FLAGS } from './browser.ts';

type Form = 'Send a Signal' | 'Send an Update';

export type Operator = {
  service: Service;
  page: Page;
  /** The page of the order's newest run. */
  open(id: string, tab?: string): Promise<void>;
  /** Of Current Details, once no form is in front of them. */
  refresh(): Promise<void>;
  /** Waits until the page, or a frame in which the UI shows Markdown, says it. */
  reads(text: string): Promise<void>;
  /** Whether it says so now. */
  says(text: string): Promise<boolean>;
  /** By the form of the UI, in plain JSON. A form that is still open is filled in once more. */
  send(action: Form, name: string, json: object): Promise<void>;
  /** The form that was sent last is still there and says why. */
  isRefused(why: string): Promise<void>;
  /** By the menu, which is open afterwards. */
  actions(): Promise<string[]>;
  terminate(reason: string): Promise<void>;
  /** To the first point there is, as docs/operations.md says. */
  reset(): Promise<void>;
  /** In the list of workflows. */
  finds(query: string, id: string): Promise<void>;
  close(): Promise<void>;
};

export async function startOperator(): Promise<Operator> {
  const codecPort = await freePort();
  const service = await startService({ codecEndpoint: `http://127.0.0.1:${codecPort}/codec` });
  const origins = [service.uiUrl ?? ''];
  const admin = await openAdmin({
    port: codecPort,
    callers: { hosts: [], origins },
    routes: codecRoutes({
      codec: createPeoplesCodec(PAYLOAD_KEYS),
      origins,
      people: createPeople(null),
      decoded: () => {},
    }),
  });
  const userData = await mkdtemp(join(tmpdir(), 'operator-'));
  const context = await chromium.launchPersistentContext(userData, {
    executablePath: findChromium(process.env) ?? '',
    args: FLAGS,
    viewport: { width: 1400, height: 1000 },
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(40_000);
  const dialog = page.locator('dialog[open]');

  async function says(text: string): Promise<boolean> {
    // A frame may be gone before it has answered.
    const counts = page.frames().map((frame) =>
      frame
        .getByText(text)
        .count()
        .catch(() => 0),
    );
    return (await Promise.all(counts)).some((count) => count > 0);
  }

  return {
    service,
    page,

    async open(id, tab = 'timeline') {
      const { runId } = await service.client.workflow.getHandle(id).describe();
      await page.goto(`${service.uiUrl}/namespaces/default/workflows/${encodeURIComponent(id)}/${runId}/${tab}`);
      await page.getByRole('heading', { name: id }).waitFor();
    },

    async refresh() {
      await until('no form', async () => {
        if (!(await dialog.isVisible())) return true;
        await page.keyboard.press('Escape');
        return false;
      });
      await page.keyboard.press('r');
    },

    says,
    async reads(text) {
      await until(`the page says: ${text}`, () => says(text));
    },

    async send(action, name, json) {
      const form = dialog.filter({ hasText: action });
      if (!(await form.isVisible())) {
        await page.getByRole('button', { name: 'More Actions' }).click();
        await page.getByRole('menuitem', { name: action }).click();
        await form.locator('button[aria-haspopup]').click();
        await form.getByRole('option').filter({ hasText: name }).first().click();
      }
      await form.getByRole('textbox', { name: 'Data' }).click();
      await page.keyboard.press('ControlOrMeta+A');
      // As the form itself would format it, which otherwise grows under the button.
      await page.keyboard.insertText(JSON.stringify(json, null, 2));
      await form.getByRole('button', { name: 'Submit' }).click();
    },

    isRefused: (why) => dialog.getByRole('alert').filter({ hasText: why }).waitFor(),

    async actions() {
      await page.getByRole('button', { name: 'More Actions' }).click();
      await page.getByRole('menuitem').first().waitFor();
      return (await page.getByRole('menuitem').allInnerTexts()).map((name) => name.trim());
    },

    async terminate(reason) {
      await page.getByRole('button', { name: 'More Actions' }).click();
      await page.getByRole('menuitem', { name: 'Terminate' }).click();
      await dialog.getByRole('textbox').fill(reason);
      await dialog.getByRole('button', { name: 'Terminate' }).click();
    },

    async reset() {
      await page.getByRole('button', { name: 'Reset', exact: true }).click();
      await dialog.locator('button[aria-haspopup]').click();
      await dialog.getByRole('option').first().click();
      await dialog.getByText('Exclude Updates').click();
      await dialog.getByRole('button', { name: 'Confirm' }).click();
    },

    async finds(query, id) {
      await page.goto(`${service.uiUrl}/namespaces/default/workflows?query=${encodeURIComponent(query)}`);
      const found = page.getByRole('link', { name: id, exact: true });
      await until(`the list has ${id}`, async () => {
        const shown = found.waitFor({ timeout: 1_000 }).then(
          () => true,
          () => false,
        );
        if (!(await shown)) await page.getByRole('button', { name: 'Refresh' }).click();
        return shown;
      });
    },

    async close() {
      await context.close();
      await rm(userData, { recursive: true, force: true, maxRetries: 3 });
      await admin.close();
      await service.close();
    },
  };
}
