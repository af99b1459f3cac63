/** A person plays a payment through its life by the dashboard alone, in a real browser, where one is installed. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { describeWithBrowser } from './browser.js';
import { atEnd, pageUrl, sessionParameters, start, startReceiver } from './support.js';

describeWithBrowser('the dashboard', (launch) => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  async function openPage(): Promise<Page> {
    const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en' });
    context.setDefaultTimeout(60_000);
    atEnd(() => context.close());
    return context.newPage();
  }

  const rowOf = (page: Page, text: string) => page.locator('tr', { hasText: text }).first();

  test('leads from decline to retry, payment, refund and dispute', async () => {
    const receiver = await startReceiver();
    const { simulator, stripe } = await start({ webhookEndpoints: [receiver] });
    simulator.clock.freeze();
    const success_url = `${simulator.url}/`;
    const session = await stripe.checkout.sessions.create(sessionParameters({ success_url, customer_email: 'a@b.fr' }));
    const page = await openPage();
    await page.goto(pageUrl(session));
    for (const number of ['4000 0000 0000 0002', '4242 4242 4242 4242']) {
      await page.getByLabel('Card number').fill(number);
      await page.getByLabel('Expiry').fill('12/34');
      await page.getByLabel('Security code').fill('123');
      await page.getByLabel('Name on card').fill('Ana');
      await page.getByRole('button', { name: 'Pay' }).click();
    }
    // The shop's page is the dashboard here.
    await page.waitForURL(success_url);
    const [paymentIntent] = (await stripe.paymentIntents.list()).data;
    const id = paymentIntent?.id ?? '';
    await rowOf(page, id).getByText('Refund…').click();
    await rowOf(page, id).getByLabel('Amount').fill('250');
    await rowOf(page, id).getByRole('button', { name: 'Refund' }).click();
    expect((await stripe.refunds.list({ payment_intent: id })).data).toMatchObject([
      { amount: 250, status: 'succeeded' },
    ]);

    await rowOf(page, id).getByText('Dispute…').click();
    await rowOf(page, id).getByRole('button', { name: 'Dispute' }).click();
    const [dispute] = (await stripe.disputes.list({ payment_intent: id })).data;
    expect(dispute).toMatchObject({ amount: 1000, status: 'needs_response' });
    await page.getByRole('button', { name: 'Close as won' }).click();
    expect((await stripe.disputes.retrieve(dispute?.id ?? '')).status).toBe('won');
    await simulator.webhooks.idle();
    expect(receiver.types()).toEqual(expect.arrayContaining(['refund.created', 'charge.dispute.closed']));
  });

  test('advances the clock, past the end of a session, and goes back to real time', async () => {
    const { simulator, stripe } = await start();
    const { id } = await stripe.checkout.sessions.create(sessionParameters());
    const page = await openPage();
    await page.goto(simulator.url);
    await page.getByRole('button', { name: '7 days' }).click();
    expect((await stripe.checkout.sessions.retrieve(id)).status).toBe('expired');
    await page.getByRole('button', { name: 'Back to real time' }).click();
    expect(Math.abs(simulator.clock.now().getTime() - Date.now())).toBeLessThan(5_000);
  });

  test('says in words what could not be done', async () => {
    const { simulator, stripe } = await start();
    await stripe.paymentIntents.create({
      amount: 1000,
      currency: 'eur',
      payment_method: 'pm_card_visa',
      confirm: true,
    });
    const page = await openPage();
    await page.goto(simulator.url);
    const [charge] = (await stripe.charges.list()).data;
    await stripe.refunds.create({ charge: charge?.id ?? '' });
    // The page is older than the refund.
    await page.getByText('Refund…').click();
    await page.getByRole('button', { name: 'Refund', exact: true }).click();
    expect(await page.getByRole('alert').textContent()).toContain('has already been refunded');
    await page.getByRole('link', { name: 'Back to the dashboard' }).click();
    await page.waitForURL(`${simulator.url}/`);
  });

  test('sends a delivery again, and rolls a secret', async () => {
    const receiver = await startReceiver();
    receiver.answerWith(() => ({ status: 500 }));
    const { simulator, stripe } = await start({ webhookEndpoints: [receiver], retryDelaysMs: [] });
    await stripe.customers.create({ name: 'Ana' });
    await simulator.webhooks.idle();
    receiver.answerWith(() => ({ status: 200 }));
    const page = await openPage();
    await page.goto(simulator.url);
    await page.locator('form[action="/_simulator/deliveries/resend"] button').first().click();
    await simulator.webhooks.idle();
    expect(simulator.webhooks.deliveries()).toMatchObject([{ state: 'delivered', attempts: { length: 2 } }]);
    await page.getByRole('button', { name: 'Roll secret' }).click();
    expect(simulator.webhooks.endpoints()[0]).toMatchObject({ secrets: { length: 2 } });
  });
});
