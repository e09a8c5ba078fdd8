// The shop of docs/integration.md: its backend hands the events of an order on, and a browser shows the status without ever having the API key.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startShop } from '../support/examples.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { smsSent, until } from '../support/waits.ts';
import type { Phone } from './browser.ts';
import { findChromium, skipWithoutChromium, startPhone } from './browser.ts';

describe('the page of a sale', { ...skipWithoutChromium(), timeout: 60_000 }, () => {
  let service: Service;
  let shop: Awaited<ReturnType<typeof startShop>>;
  let phone: Phone;

  before(async () => {
    service = await startService();
    shop = await startShop(service.api.url);
    phone = await startPhone(findChromium(process.env) ?? '', shop.origin);
  });
  after(async () => {
    await phone?.close();
    await shop?.stop();
    await service?.close();
  });

  test('shows each status as it comes, and asks no more when it has the last', async () => {
    const { page } = phone;
    const { id, reference } = await service.place();
    await service.see(id, 'the SMS', smsSent);
    await page.goto(`${shop.origin}/sales/${encodeURIComponent(reference)}`);
    const shows = (status: string) => page.getByRole('status').filter({ hasText: status }).waitFor();
    await shows('awaiting_customer');
    service.simulator.confirm(reference);
    await shows('confirmed');
    const asked = () =>
      service.logs.flatMap((line) => {
        const { route, status } = JSON.parse(line) as { route?: string; status?: number };
        return route === '/v1/orders/:id/events' ? [status] : [];
      });
    await until('it comes again', () => asked().includes(204));
    // Longer than until it would come once more.
    await page.waitForTimeout(4_000);
    assert.deepEqual(asked(), [200, 204]);
    phone.assertQuiet();
  });
});
