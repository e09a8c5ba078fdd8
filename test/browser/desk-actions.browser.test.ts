// An operator at the desk answers: one order, several of a list with one that fails, all without scripts, and by keyboard.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { OrderView } from '../../src/order/view.ts';
import { asksHuman, smsSent, until } from '../support/waits.ts';
import { skipWithoutChromium } from './browser.ts';
import type { Desk } from './desk.ts';
import { assertAccessible, assertFitsInto, keepPicture, NARROW, openDesk } from './desk.ts';

const path = ({ id }: OrderView) => `/desk/orders/${encodeURIComponent(id)}`;
const resolvedBy = (order: OrderView) =>
  order.timeline.flatMap((entry) =>
    entry.event === 'resolved' ? [`${entry.action} by ${entry.operator}: ${entry.note}`] : [],
  );

describe('an operator at the desk', { ...skipWithoutChromium(), timeout: 240_000 }, () => {
  let desk: Desk;
  before(async () => {
    desk = await openDesk();
  });
  after(() => desk?.close());

  /** Orders whose SMS seQura refuses once. */
  async function refusedSms(...references: string[]): Promise<OrderView[]> {
    return Promise.all(
      references.map(async (reference) => {
        desk.service.simulator.faults.set(reference, 'send_sms', { kind: 'refuse' });
        const { id } = await desk.service.place({ request: { reference } });
        return desk.service.see(id, 'the question', asksHuman);
      }),
    );
  }

  test('answers an order after being shown what it comes to, and reads what came of it', async () => {
    const [order] = await refusedSms('one');
    assert.ok(order);
    const page = await desk.visit({ javaScriptEnabled: false });
    await page.goto(path(order));
    await page.locator('.asking').getByLabel('Note').fill('seQura works again');
    await page.getByRole('button', { name: 'retry', exact: true }).click();
    await page.getByText('1 order, 250.00 EUR: 1 retry (sms_not_sent)').waitFor();
    await page.getByText('by operator: “seQura works again”').waitFor();
    assert.deepEqual(await desk.service.orders.get(order.id), order, 'nothing is done before it is said yes');
    await page.getByRole('button', { name: 'Go on: retry' }).click();
    await page.getByText('retry: done.').waitFor();
    assert.equal(new URL(page.url()).pathname, path(order));
    const answered = await desk.service.see(order.id, 'the SMS', smsSent);
    assert.deepEqual(resolvedBy(answered), ['retry by operator: seQura works again']);
  });

  test('is told why an answer is none, and nothing is done', async () => {
    const [order] = await refusedSms('refused');
    assert.ok(order);
    const page = await desk.visit();
    await page.goto(path(order));
    await page.locator('.asking').getByLabel('Note').fill('let it be');
    const button = page.getByRole('button', { name: 'dismiss', exact: true });
    await button.evaluate((element) => element.setAttribute('value', 'give_up'));
    await button.click();
    await page.getByText('give_up does not answer sms_not_sent; allowed: retry, dismiss.').waitFor();
    await page.getByRole('heading', { name: 'Nothing would be done' }).waitFor();
  });

  test('does not answer a question that he has not seen', async () => {
    const [order] = await refusedSms('changes');
    assert.ok(order);
    const { service } = desk;
    const page = await desk.visit();
    await page.goto(path(order));
    await page.locator('.asking').getByLabel('Note').fill('leave it');
    await page.getByRole('button', { name: 'dismiss', exact: true }).click();
    await page.getByRole('button', { name: 'Go on: dismiss' }).waitFor();
    await service.orders.resolve(order.id, { action: 'dismiss', operator: 'ana', note: 'first' });
    await service.simulator.idle();
    service.simulator.sendWebhook(order.reference, { event: 'order/teleported' });
    await service.see(order.id, 'another question', ({ attention }) => attention?.reason === 'unrecognised_event');
    await page.getByRole('button', { name: 'Go on: dismiss' }).click();
    await page.getByText('The order asks something else by now, unrecognised_event').waitFor();
    const after = await service.orders.get(order.id);
    assert.ok(after);
    assert.deepEqual(resolvedBy(after), ['dismiss by ana: first']);
  });

  test('cancels an order, with the keyboard alone', async () => {
    const { service } = desk;
    const { id } = await service.place({ request: { reference: 'by keyboard' } });
    const order = await service.see(id, 'the SMS', smsSent);
    const page = await desk.visit({ javaScriptEnabled: false });
    await page.goto(path(order));
    const press = async (name: string) => {
      for (let tabs = 0; tabs < 60; tabs += 1) {
        await page.keyboard.press('Tab');
        const text = await page
          .locator(':focus')
          .evaluate((one) => one.textContent?.trim() || one.getAttribute('name'));
        if (text?.startsWith(name) === true) return;
      }
      assert.fail(`no ${name} by keyboard`);
    };
    await press('More:');
    await page.keyboard.press('Enter');
    await press('note');
    await page.keyboard.type('changed his mind');
    await press('cancel');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'cancel: go on?' }).waitFor();
    await press('Go on: cancel');
    await page.keyboard.press('Enter');
    await page.getByText('cancel: done.').waitFor();
    await service.see(id, 'the end', ({ status }) => status === 'cancelled');
  });

  test('answers several of a list, and is left with the one that failed', async () => {
    const { service } = desk;
    const references = Array.from({ length: 8 }, (_, index) => `many ${index}`);
    const orders = await refusedSms(...references);
    const page = await desk.visit({ javaScriptEnabled: false, viewport: NARROW });
    const list = '/desk/orders?of=sms_not_sent';
    await until('all are listed', async () => {
      await page.goto(list);
      const shown = await page.getByRole('checkbox', { name: /^Tick many/ }).count();
      return shown === orders.length;
    });
    await assertFitsInto(page, NARROW.width);
    await keepPicture(page, 'bulk-list-light-360');
    for (const reference of references) await page.getByRole('checkbox', { name: `Tick ${reference}` }).check();
    await page.getByLabel('Note').fill('let it be');
    await page.getByRole('button', { name: 'dismiss', exact: true }).click();
    await page.getByText('8 orders, 2,000.00 EUR: 8 dismiss (sms_not_sent)').waitFor();
    await keepPicture(page, 'confirm-light-360');
    // Somebody else is quicker with one of them, which asks something else by then.
    const [first] = orders;
    assert.ok(first);
    await service.orders.resolve(first.id, { action: 'dismiss', operator: 'ana', note: 'first' });
    service.simulator.sendWebhook(first.reference, { event: 'order/teleported' });
    await service.see(first.id, 'another question', ({ attention }) => attention?.reason === 'unrecognised_event');
    await page.getByRole('button', { name: 'Go on: dismiss' }).click();
    await page.getByText('7 done, 0 done before, 1 failed').waitFor();
    const stop = page.locator('form.stop');
    assert.deepEqual([await stop.count(), await stop.isVisible()], [1, false], 'nothing is left to stop');
    const failed = page.locator('.asking').getByRole('listitem');
    assert.equal(await failed.count(), 1);
    assert.match(await failed.innerText(), /many%200 failed: The order asks something else by now/);
    await assertFitsInto(page, NARROW.width);
    await keepPicture(page, 'errand-light-360');
    for (const { id } of orders.slice(1)) {
      const order = await service.orders.get(id);
      assert.deepEqual(order && resolvedBy(order), ['dismiss by operator: let it be']);
    }
    const csv = await page.request.get(
      (await page.getByRole('link', { name: 'As a file' }).getAttribute('href')) ?? '',
    );
    assert.match(
      await csv.text(),
      /^merchant,reference,action,sequra_order_id,phone,asked,reason\nmerchant_1,many 0,dismiss,,,sms_not_sent /,
    );
  });

  test('answers all of a list, and the pages on the way are clean for axe', async () => {
    await refusedSms('all 1', 'all 2');
    const page = await desk.visit();
    await until('the list', async () => {
      await page.goto('/desk/orders?of=sms_not_sent');
      return (await page.getByRole('checkbox', { name: /^Tick all/ }).count()) === 2;
    });
    await assertAccessible(page);
    await keepPicture(page, 'bulk-list-light-1280');
    await page.getByRole('radio', { name: /^all \d+ of this list/ }).check();
    await page.getByLabel('Note').fill('all of them');
    await page.getByRole('button', { name: 'dismiss', exact: true }).click();
    await page.getByRole('heading', { name: 'dismiss: go on?' }).waitFor();
    await assertAccessible(page);
    await keepPicture(page, 'confirm-light-1280');
    await page.getByRole('button', { name: 'Go on: dismiss' }).click();
    await page.getByText(/\d+ done, 0 done before, 0 failed/).waitFor();
    await assertAccessible(page);
    await keepPicture(page, 'errand-light-1280');
  });

  test('is asked for a note, and for ticks', async () => {
    const page = await desk.visit();
    const answer = await page.request.post('/desk/changes', {
      headers: { origin: desk.url },
      form: { action: 'dismiss', note: ' ', id: 'order:merchant_1:one' },
    });
    assert.equal(answer.status(), 400);
    assert.match(await answer.text(), /a note of 1 to 200 characters/);
    const none = await page.request.post('/desk/changes', {
      headers: { origin: desk.url },
      form: { action: 'dismiss', note: 'why' },
    });
    assert.match(await none.text(), /No order is ticked/);
  });
});
