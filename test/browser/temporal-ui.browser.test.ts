// An operator in the Temporal UI's own pages: reads an order in clear, and repairs it with the buttons and forms that are there.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Registry } from '@prometheus-io/client';
import type { BrowserContext, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { freePort } from '../../src/dev/temporal.ts';
import type { Admin } from '../../src/processes/admin.ts';
import { startAdmin } from '../../src/processes/admin.ts';
import { codecRoutes } from '../../src/processes/codec-routes.ts';
import { dataConverter } from '../../src/temporal/connection.ts';
import type { Stack } from '../stack.ts';
import { PAYLOAD_KEYS, startDevServerStack } from '../stack.ts';
import { findChromium, FLAGS, skipWithoutChromium } from './browser.ts';

describe('an operator in the Temporal UI', { ...skipWithoutChromium(), timeout: 240_000 }, () => {
  let admin: Admin;
  let stack: Stack;
  let context: BrowserContext;
  let page: Page;
  let userData: string;

  before(async () => {
    const codecPort = await freePort();
    stack = await startDevServerStack({ codecEndpoint: `http://127.0.0.1:${codecPort}/codec` });
    const [codec] = dataConverter(PAYLOAD_KEYS).payloadCodecs ?? [];
    admin = await startAdmin({
      host: '127.0.0.1',
      port: codecPort,
      setting: 'none',
      ready: () => ({ ready: true, reasons: [] }),
      metrics: new Registry(),
      routes: codecRoutes(codec ?? null, [stack.uiUrl ?? '']),
    });
    userData = await mkdtemp(join(tmpdir(), 'operator-'));
    context = await chromium.launchPersistentContext(userData, {
      executablePath: findChromium(process.env) ?? '',
      args: FLAGS,
      viewport: { width: 1400, height: 1000 },
    });
    page = context.pages()[0] ?? (await context.newPage());
    page.setDefaultTimeout(40_000);
  });
  after(async () => {
    await context?.close();
    await rm(userData, { recursive: true, force: true, maxRetries: 3 });
    await stack?.close();
    await admin?.close();
  });

  async function open(id: string, tab = ''): Promise<void> {
    const { runId } = await stack.client.workflow.getHandle(id).describe();
    await page.goto(`${stack.uiUrl}/namespaces/default/workflows/${encodeURIComponent(id)}/${runId}/${tab}`);
    await page.getByRole('heading', { name: id }).waitFor();
  }

  /** The UI shows Markdown in frames. */
  async function readInFrames(text: string): Promise<void> {
    const found = () => Promise.all(page.frames().map((frame) => frame.getByText(text).count()));
    for (let tries = 0; tries < 100; tries += 1) {
      if ((await found()).some((count) => count > 0)) return;
      await page.waitForTimeout(100);
    }
    assert.fail(`the page does not say: ${text}`);
  }

  async function send(action: string, name: string, json: string): Promise<void> {
    await page.getByRole('button', { name: 'More Actions' }).click();
    await page.getByRole('menuitem', { name: action }).click();
    const form = page.locator('dialog[open]').filter({ hasText: action });
    await form.locator('button[aria-haspopup]').click();
    await form.getByRole('option').filter({ hasText: name }).first().click();
    await form.getByRole('textbox', { name: 'Data' }).click();
    await page.keyboard.insertText(json);
    // Leaving the field formats what was typed, and the form grows under the button.
    await form.getByText('Data', { exact: true }).first().click();
    await page.waitForTimeout(500);
    await form.getByRole('button', { name: 'Submit' }).click();
  }

  test('reads in words what the order waits for, and its payloads in clear', async () => {
    const { id } = await stack.place({ request: { reference: 'in-words' } });
    await stack.see(id, 'the SMS', ({ sms }) => sms.sent > 0);
    await open(id, 'timeline');
    await page.getByText('Create 250.00 EUR at seQura').waitFor();
    await page.getByText('"merchant_1"').first().waitFor();
    await page.getByText('User Metadata').click();
    await readInFrames('in-words · 250.00 EUR · merchant_1 / store_1');
    await readInFrames('waits for the customer');
    await open(id, 'metadata');
    await page.getByText('"awaiting_customer"').first().waitFor();
  });

  test('confirms an order with a signal, and answers an attention with an update, both typed in plain JSON', async () => {
    const { id } = await stack.place({ request: { reference: 'typed' } });
    await stack.see(id, 'the SMS', ({ sms }) => sms.sent > 0);
    await open(id, 'timeline');
    await send('Send a Signal', 'sequra_event', '{"event": "order/teleported"}');
    const odd = await stack.see(id, 'the attention', ({ attention }) => attention !== null);
    assert.equal(odd.attention?.reason, 'unrecognised_event');
    await open(id, 'timeline');
    await send('Send a Signal', 'sequra_event', '{"event": "order/teleported again", "kind": "confirm"}');
    await stack.see(id, 'the end', ({ status }) => status === 'confirmed');
    await open(id, 'timeline');
    await send('Send an Update', 'resolve', '{"action": "dismiss", "operator": "ana", "note": "a new name"}');
    const end = await stack.see(id, 'the answer', ({ attention }) => attention === null);
    assert.equal(end.timeline.at(-1)?.event, 'resolved');
  });

  test('cancels the order at seQura with Request Cancellation', async () => {
    const { id, reference } = await stack.place({ request: { reference: 'button' } });
    await stack.see(id, 'the SMS', ({ sms }) => sms.sent > 0);
    await open(id, 'timeline');
    await page.getByRole('button', { name: 'Request Cancellation' }).click();
    await page.getByRole('button', { name: 'Confirm' }).click();
    assert.equal((await stack.see(id, 'the end', ({ closed_at }) => closed_at !== null)).status, 'cancelled');
    assert.equal(stack.simulator.ledger.orders(reference)[0]?.status, 'cancelled');
  });
});
