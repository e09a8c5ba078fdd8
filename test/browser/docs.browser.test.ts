// A developer opens /docs: the reference comes from the API alone, and sends requests to it.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { API_KEY } from '../support/canaries.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import type { Phone } from './browser.ts';
import { findChromium, skipWithoutChromium, startPhone } from './browser.ts';

const chromium = findChromium(process.env);

describe('a developer at /docs', { ...skipWithoutChromium(), timeout: 120_000 }, () => {
  let service: Service;
  let phone: Phone;
  let page: Page;
  const asked: string[] = [];

  before(async () => {
    service = await startService();
    phone = await startPhone(chromium ?? '', service.api.url);
    ({ page } = phone);
    page.on('request', (request) => asked.push(request.url()));
  });
  after(async () => {
    await phone?.close();
    await service?.close();
  });
  // No other host was asked, and no policy refused anything: the browser would have said so.
  afterEach(() => phone.assertQuiet());

  async function open(): Promise<void> {
    await page.goto(`${service.api.url}/docs`);
    await page.getByText('OAS 3.1').waitFor();
  }

  /** Sends the request as the form has it; the status of the answer. */
  async function execute(operationId: string): Promise<string> {
    const operation = page.locator(`[id$="-${operationId}"]`);
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    return (await operation.locator('.live-responses-table .response-col_status').last().innerText()).trim();
  }

  test('sees every operation, and the notifications', async () => {
    await open();
    const shown = await page.locator('.opblock').evaluateAll((blocks) => blocks.map(({ id }) => id.split('-').at(-1)));
    for (const operationId of ['placeOrder', 'getOrder', 'listOrders', 'resolveOrder', 'openApi', 'orderUpdated'])
      assert.ok(shown.includes(operationId), operationId);
    assert.ok(asked.includes(`${service.api.url}/openapi.json`));
  });

  test('is told by the page itself that no other host may be asked', async () => {
    const { headers } = await fetch(`${service.api.url}/docs`);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  });

  test('gives a key, places the order of the example, and finds it', async () => {
    await open();
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.locator('.auth-container input').fill(API_KEY);
    await page.getByRole('button', { name: 'Apply credentials' }).click();
    await page.getByRole('button', { name: 'Close' }).click();
    assert.equal(await execute('placeOrder'), '202');
    assert.equal(await execute('getOrder'), '200');
    assert.equal(await execute('listOrders'), '200');
  });
});
