// The desk: what needs an operator, the orders behind it, and one order's page: wide and narrow, light and dark, by mouse, by keyboard, and without scripts.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ATTENTIONS } from '../../src/order/status.ts';
import { PERSON } from '../support/canaries.ts';
import { asksHuman, smsSent, until } from '../support/waits.ts';
import { skipWithoutChromium } from './browser.ts';
import type { Desk } from './desk.ts';
import { assertAccessible, assertFitsInto, keepPicture, NARROW, openDesk, WIDE } from './desk.ts';

const HOSTILE = '><script>alert(1)</script>&lt;';

describe('an operator at the desk', { ...skipWithoutChromium(), timeout: 240_000 }, () => {
  let desk: Desk;
  before(async () => {
    desk = await openDesk();
    const { service } = desk;
    for (const [reference, call, fault] of [
      ['no sms 1', 'send_sms', { kind: 'refuse' }],
      ['no sms 2', 'send_sms', { kind: 'refuse' }],
      ['unknown 1', 'create', { kind: 'cut_body' }],
    ] as const) {
      service.simulator.faults.set(reference, call, fault);
      const { id } = await service.place({ request: { reference, ...PERSON } });
      await service.see(id, 'the question', asksHuman);
    }
    const { id } = await service.place({ request: { reference: HOSTILE } });
    await service.see(id, 'the SMS', smsSent);
    const page = await desk.visit();
    await until('the visibility store knows all', async () => {
      await page.goto('/desk');
      return (await page.getByText('3 orders, 750.00 EUR').count()) > 0;
    });
  });
  after(() => desk?.close());

  test('sees what needs a human, by reason, with count, money and age', async () => {
    const page = await desk.visit();
    await page.goto('/desk');
    const need = page.getByRole('listitem').filter({ hasText: 'sms_not_sent' });
    assert.match(await need.innerText(), /2\s+500\.00 EUR\s+oldest \d+ (s|min)/);
    await need.getByRole('link', { name: 'under an hour: 2' }).click();
    await page.getByRole('heading', { name: 'sms_not_sent' }).waitFor();
    await page.getByText(ATTENTIONS.sms_not_sent.means).waitFor();
    assert.equal(await page.getByRole('listitem').count(), 2);
  });

  test('sees what no order asks: a webhook that nearly matches one, and the way to it', async () => {
    assert.equal(await desk.service.webhook({ event: 'order/confirmed', order_ref_1: 'NO-SMS-1' }), 200);
    const page = await desk.visit();
    const tile = page.getByRole('link', { name: 'webhooks of the last day that nearly match an order' });
    await until('it is counted', async () => {
      await page.goto('/desk');
      return (await tile.innerText()).startsWith('1');
    });
    assert.match(
      (await tile.getAttribute('href')) ?? '',
      /\/workflows\?query=WorkflowType%20%3D%20%27unmatchedWebhook/,
    );
  });

  test('reads an order: what it asks, what to do, where to go on, and all that happened', async () => {
    const page = await desk.visit();
    await page.goto('/desk/orders?of=create_outcome_unknown');
    await page.getByRole('link', { name: 'unknown 1' }).click();
    await page.getByRole('heading', { name: 'A human must look: create_outcome_unknown' }).waitFor();
    const story = await page.locator('.story').innerText();
    for (const words of [
      'the order is placed',
      '→ seQura: create (250.00 EUR)',
      'the outcome is unknown',
      '! asks a human',
    ])
      assert.ok(story.includes(words), words);
    const runbook = page.getByRole('link', { name: 'Runbook: create_outcome_unknown' });
    assert.equal(await runbook.getAttribute('href'), 'https://docs.example/operations.md#create_outcome_unknown');
    const ui = page.getByRole('link', { name: 'its workflow in the Temporal UI' });
    assert.match(
      (await ui.getAttribute('href')) ?? '',
      /\/namespaces\/default\/workflows\/order%3Amerchant_1%3Aunknown%25201$/,
    );
  });

  test('is shown the customer’s data where he asks for it, and not before', async () => {
    const page = await desk.visit();
    await page.goto(`/desk/orders/${encodeURIComponent('order:merchant_1:no%20sms%201')}`);
    for (const value of Object.values(PERSON)) assert.ok(!(await page.content()).includes(value), value);
    await page.getByRole('button', { name: 'Show the customer’s data' }).click();
    for (const value of [PERSON.given_names, PERSON.mobile_phone, PERSON.nin]) await page.getByText(value).waitFor();
  });

  for (const [what, words, name] of [
    ['a reference', 'unknown 1', 'unknown 1'],
    ['an id', 'order:merchant_1:unknown%201', 'unknown 1'],
    ['a reference with markup', HOSTILE, HOSTILE],
  ] as const)
    test(`finds an order by ${what}`, async () => {
      const page = await desk.visit();
      await page.goto('/desk');
      await page.getByRole('searchbox').fill(words);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name, level: 1 }).waitFor();
    });

  for (const what of ['mobile_phone', 'nin'] as const)
    test(`finds a person's orders by ${what}, which is in no address`, async () => {
      const page = await desk.visit();
      const addresses: string[] = [];
      page.on('request', (request) => addresses.push(request.url()));
      await page.goto('/desk');
      await page.getByRole('searchbox').fill(PERSON[what]);
      await page.getByRole('button', { name: 'Find' }).click();
      await page.getByText('3 orders, 750.00 EUR').waitFor();
      assert.ok(
        addresses.every((address) => !decodeURIComponent(address).includes(PERSON[what])),
        addresses.join(),
      );
    });

  for (const colorScheme of ['light', 'dark'] as const)
    for (const viewport of [WIDE, NARROW])
      test(`has pages that axe finds nothing in, ${colorScheme} and ${viewport.width} px wide`, async () => {
        const page = await desk.visit({ viewport, colorScheme });
        for (const [name, path] of [
          ['home', '/desk'],
          ['list', '/desk/orders?of=sms_not_sent'],
          ['none', '/desk/orders?of=late'],
          ['order', `/desk/orders/${encodeURIComponent('order:merchant_1:no%20sms%201')}`],
        ] as const) {
          await page.goto(path);
          await assertAccessible(page);
          await assertFitsInto(page, viewport.width);
          await keepPicture(page, `${name}-${colorScheme}-${viewport.width}`);
        }
      });

  test('gets along without scripts, and with the keyboard alone', async () => {
    const page = await desk.visit({ javaScriptEnabled: false });
    await page.goto('/desk');
    await page.keyboard.press('Tab');
    assert.equal(await page.locator(':focus').innerText(), 'To the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.equal(await page.locator(':focus').innerText(), 'create_outcome_unknown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'create_outcome_unknown', level: 1 }).waitFor();
  });
});
