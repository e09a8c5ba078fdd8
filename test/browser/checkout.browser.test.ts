// A customer with a phone: the SMS, its link, and what each button does to the order and to the merchant's webhook.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { cancel, createdId, sendSms, simulate } from '../simulator/setup.ts';
import type { Receiver } from '../support/receiver.ts';
import { startReceiver } from '../support/receiver.ts';
import { until } from '../support/waits.ts';
import type { Phone } from './browser.ts';
import { assertFits, findChromium, skipWithoutChromium, startPhone } from './browser.ts';

const chromium = findChromium(process.env);

const LONG = { cart_items: [{ reference: 'a', name: 'W'.repeat(200), price_with_tax: 123_456_789, quantity: 1_000 }] };

describe('a customer with a phone', { ...skipWithoutChromium(), timeout: 60_000 }, () => {
  let receiver: Receiver;
  let simulator: Simulator;
  let phone: Phone;
  let page: Page;
  let count = 0;
  let reference = '';
  let id = 0;

  before(async () => {
    receiver = await startReceiver(null, 200);
    simulator = await simulate(receiver.origin);
    phone = await startPhone(chromium ?? '', simulator.url);
    ({ page } = phone);
  });
  after(async () => {
    await phone?.close();
    await simulator?.close();
    await receiver?.goOffline();
  });

  beforeEach(async () => {
    receiver.received.length = 0;
    count += 1;
    reference = `pos ${count}`;
    id = await createdId(simulator, { reference, mobile_phone: `+3466612345${count}` });
    await sendSms(simulator, id);
  });
  afterEach(async () => {
    await assertFits(page);
    phone.assertQuiet();
  });

  const order = () => simulator.ledger.order(id);
  const heading = () => page.getByRole('heading', { level: 1 }).textContent();
  /** A click does not wait for the page that it leads to. */
  async function follow(target: Locator): Promise<void> {
    const loaded = page.waitForEvent('load');
    await target.click();
    await loaded;
  }
  const press = (name: string) => follow(page.getByRole('button', { name, exact: true }));

  async function openCheckout(): Promise<void> {
    await page.goto(`${simulator.url}/inbox`);
    await assertFits(page);
    await follow(page.getByRole('link', { name: `+3466612345${count}` }));
    await assertFits(page);
    await follow(page.getByRole('main').getByRole('link'));
    await page.getByRole('heading', { name: 'Hello María, pay in parts' }).waitFor();
  }

  test('finds the SMS, opens its link, confirms with the code, and the shop is told', async () => {
    await openCheckout();
    assert.match(await page.getByRole('main').innerText(), /Designer Frame[^]*€250\.00/);
    await page.getByLabel('Code sent to').fill(`2345${count}`);
    await press('Confirm');
    assert.equal(await heading(), 'All done');
    const post = await until('the webhook', () => receiver.received[0]);
    assert.deepEqual([post.form.get('event'), post.form.get('order_ref_1')], ['order/confirmed', reference]);
    assert.equal(order()?.status, 'confirmed');
    await page.reload();
    assert.equal(await heading(), 'All done');
  });

  test('sees an error for a wrong code, and nothing is signed', async () => {
    await openCheckout();
    await page.getByLabel('Code sent to').fill('00000');
    await press('Confirm');
    assert.match(await page.getByRole('alert').innerText(), /not right/);
    assert.equal(order()?.status, 'pending');
    await press('Confirm');
    assert.equal(await heading(), 'All done');
  });

  test('is declined, and nobody is ever told', async () => {
    await openCheckout();
    await press('Decline');
    assert.equal(await heading(), 'Not accepted');
    await sleep(100);
    await simulator.idle();
    assert.deepEqual([receiver.received.length, simulator.ledger.webhooks(reference).length], [0, 0]);
    assert.deepEqual([order()?.status, order()?.declined], ['pending', true]);
  });

  test('leaves, comes back by the link, and signs', async () => {
    await openCheckout();
    await press('Close');
    assert.equal(await heading(), 'See you soon');
    assert.equal(order()?.status, 'pending');
    assert.equal(receiver.received.length, 0);
    await openCheckout();
    await press('Close');
    await follow(page.getByRole('link', { name: 'Come back' }));
    await press('Confirm');
    assert.equal(await heading(), 'All done');
    await until('the webhook', () => receiver.received.length === 1);
  });

  test('finds a cancelled order behind the link', async () => {
    await cancel(simulator, id);
    await page.goto(order()?.sms[0]?.link ?? '');
    assert.equal(await heading(), 'This order was cancelled');
    assert.equal(await page.getByRole('button').count(), 0);
  });

  test('cannot sign a checkout page that was open while the shop cancelled', async () => {
    await openCheckout();
    await cancel(simulator, id);
    await press('Confirm');
    assert.equal(await heading(), 'This order was cancelled');
    assert.equal(order()?.status, 'cancelled');
    assert.equal(receiver.received.length, 0);
  });

  test('sees long names and large sums without scrolling sideways', async () => {
    const long = await createdId(simulator, { reference: 'x'.repeat(64), given_names: 'Ñ'.repeat(100), ...LONG });
    await sendSms(simulator, long);
    const pages = ['/', `/orders/${long}`, '/inbox', '/inbox/%2B34666123456', '/faults'];
    const checkout = `/checkout/${simulator.ledger.order(long)?.uuid}`;
    for (const path of [...pages, checkout, `${checkout}/closed`]) {
      await page.goto(`${simulator.url}${path}`);
      await assertFits(page);
    }
  });

  test('may be watched from the desk: the story of the order, its buttons and a fault', async () => {
    await page.goto(simulator.url);
    await follow(page.getByRole('link', { name: reference }));
    await press('Confirm');
    await until('the webhook', () => receiver.received.length === 1);
    await simulator.idle();
    await page.reload();
    const story = await page.getByRole('main').innerText();
    for (const line of ['Order created', 'SMS sent', 'Customer signed', 'order/confirmed delivered'])
      assert.ok(story.includes(line), line);

    await follow(page.getByRole('link', { name: 'Faults' }));
    await page.getByText('http_503', { exact: true }).click();
    const form = page.locator('details[open]');
    await form.getByLabel('Reference').fill(reference);
    await form.getByLabel('Call').selectOption('cancel');
    await assertFits(page);
    await press('Switch on');
    assert.equal((await cancel(simulator, id)).status, 503);
    assert.equal(simulator.ledger.hits(reference, 'cancel', 'http_503'), 1);
  });
});
