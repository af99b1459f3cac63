/** A person pays on a phone: the simulator's pages in a real browser without JavaScript, where one is installed. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import type Stripe from 'stripe';
import { describeWithBrowser } from './browser.js';
import { atEnd, PAID_CARD, pageUrl, sessionParameters, start, submitCard } from './support.js';

const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1280, height: 800 };
const DECLINED = '4000 0000 0000 0002';
const AUTHENTICATED = '4000 0027 6000 3184';

describeWithBrowser('in a browser without JavaScript', (launch) => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  async function openPage(url: string, viewport = PHONE): Promise<Page> {
    const context = await browser.newContext({ javaScriptEnabled: false, viewport, locale: 'en' });
    context.setDefaultTimeout(60_000);
    atEnd(() => context.close());
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  /** The simulator's own health check stands for the shop's page: it says 'ok'. */
  async function openSession(changes: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
    const { simulator, stripe } = await start();
    const success_url = `${simulator.url}/_simulator/health?session={CHECKOUT_SESSION_ID}`;
    const session = await stripe.checkout.sessions.create(sessionParameters({ success_url, ...changes }));
    const paidUrl = success_url.replace('{CHECKOUT_SESSION_ID}', session.id);
    const current = () => stripe.checkout.sessions.retrieve(session.id);
    return { simulator, stripe, session, paidUrl, current };
  }

  test('a buyer is declined, fails the challenge, completes it and is led to the shop', async () => {
    const { session, paidUrl, current } = await openSession();
    const page = await openPage(pageUrl(session));
    await page.getByLabel('E-mail').fill('ana@example.com');
    await payByCard(page, DECLINED);
    expect(await alertOf(page)).toBe('Your card was declined.');

    await payByCard(page, AUTHENTICATED);
    await page.getByRole('button', { name: 'Fail authentication' }).click();
    expect(await alertOf(page)).toContain('Your bank could not confirm that it is you.');
    expect(await page.getByLabel('E-mail').inputValue()).toBe('ana@example.com');
    expect((await current()).status).toBe('open');

    await payByCard(page, AUTHENTICATED);
    await page.getByRole('button', { name: 'Complete authentication' }).click();
    await page.waitForURL(paidUrl);
    expect(await current()).toMatchObject({ payment_status: 'paid', customer_details: { name: 'Ana Buyer' } });
  });

  test('a buyer pays by debit: the form shows what belongs to it', async () => {
    const { session, paidUrl, current } = await openSession({ customer_email: 'ana@example.com' });
    const page = await openPage(pageUrl(session));
    expect(await page.getByLabel('IBAN').isVisible()).toBe(false);
    await page.getByLabel('SEPA Direct Debit').check();
    expect(await page.getByLabel('Card number').isVisible()).toBe(false);
    expect(await page.getByText('within eight weeks').isVisible()).toBe(true);
    await page.getByLabel('IBAN').fill('AT61 1904 3002 3457 3201');
    await page.getByLabel('Account holder').fill('Ana Buyer');
    await page.getByRole('button', { name: 'Pay' }).click();
    await page.waitForURL(paidUrl);
    expect(await current()).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
  });

  test('a buyer needs nothing but a keyboard', async () => {
    const { session, paidUrl, current } = await openSession({
      phone_number_collection: { enabled: true },
      shipping_address_collection: { allowed_countries: ['FR', 'DE'] },
    });
    const page = await openPage(pageUrl(session));
    await page.keyboard.press('Tab');
    expect(await page.locator('a.back:focus').count()).toBe(1);
    const address = ['Ana Buyer', 'Germany', 'Unter den Linden 1', '', '10117', 'Berlin', ''];
    const card = ['', PAID_CARD, '12/34', '123', 'Ana Buyer'];
    for (const typed of ['ana@example.com', '+4930123456', ...address, ...card]) {
      await page.keyboard.press('Tab');
      await page.keyboard.type(typed);
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(paidUrl);
    const paid = await current();
    expect(paid.customer_details?.email).toBe('ana@example.com');
    expect(paid.collected_information?.shipping_details?.address).toMatchObject({ city: 'Berlin', country: 'DE' });
  });

  test('the arrow keys choose the method', async () => {
    const { session } = await openSession();
    const page = await openPage(pageUrl(session));
    await page.getByLabel('Card', { exact: true }).focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.getByLabel('SEPA Direct Debit').isChecked()).toBe(true);
    expect(await page.getByLabel('IBAN').isVisible()).toBe(true);
  });

  test('after a mistake the first wrong field is in view and has the focus', async () => {
    const { session } = await openSession();
    const page = await openPage(pageUrl(session));
    await page.getByLabel('E-mail').fill('ana@example.com');
    await payByCard(page, '4242');
    await page.getByRole('alert').waitFor();
    const number = page.getByLabel('Card number');
    expect(await page.locator('[name=card_number]:focus').count()).toBe(1);
    const { y, height } = (await number.boundingBox()) ?? { y: -1, height: 0 };
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y + height).toBeLessThanOrEqual(PHONE.height);
  });

  const LONG_NAME = 'Anticonstitutionnellement'.repeat(4);

  test.each([
    ['phone', 'en', PHONE],
    ['phone', 'fr', PHONE],
    ['desktop', 'en', DESKTOP],
    ['desktop', 'fr', DESKTOP],
  ] as const)('the pages of a session fit a %s, in %s', async (_device, locale, viewport) => {
    const product_data = { name: LONG_NAME, description: LONG_NAME };
    const { session, stripe } = await openSession({
      locale,
      line_items: [{ quantity: 999, price_data: { currency: 'eur', unit_amount: 99_999, product_data } }],
      phone_number_collection: { enabled: true },
      shipping_address_collection: { allowed_countries: ['FR', 'GS', 'SH'] },
      custom_text: { submit: { message: LONG_NAME } },
    });
    const page = await openPage(pageUrl(session), viewport);
    expect(await overflowOf(page)).toBe(0);
    await page.locator('#method-sepa_debit').check();
    expect(await overflowOf(page)).toBe(0);
    await submitCard(session, AUTHENTICATED);
    await page.goto(`${pageUrl(session)}/authenticate`);
    expect(await page.locator('.challenge').count()).toBe(1);
    expect(await overflowOf(page)).toBe(0);
    await stripe.checkout.sessions.expire(session.id);
    await page.goto(pageUrl(session));
    expect(await overflowOf(page)).toBe(0);
  });

  test.each([
    ['phone', PHONE],
    ['desktop', DESKTOP],
  ])('the dashboard fits a %s', async (_device, viewport) => {
    const { simulator, session, stripe } = await openSession({ client_reference_id: LONG_NAME });
    simulator.addWebhookEndpoint({ url: `http://127.0.0.1:9/${LONG_NAME}`, secret: 'whsec_test' });
    await submitCard(session, DECLINED);
    await submitCard(session, PAID_CARD);
    await stripe.checkout.sessions.create(sessionParameters());
    await simulator.clock.advance(60);
    const page = await openPage(simulator.url, viewport);
    for (const summary of await page.locator('summary').all()) await summary.click();
    expect(await page.getByRole('button', { name: 'Refund' }).isVisible()).toBe(true);
    expect(await overflowOf(page)).toBe(0);
    const tables = await page.locator('.table').all();
    expect(tables).toHaveLength(6);
    for (const table of tables) expect(await widthBeyond(table)).toBe(0);
  });
});

async function payByCard(page: Page, number: string): Promise<void> {
  await page.getByLabel('Card number').fill(number);
  await page.getByLabel('Expiry').fill('12 / 34');
  await page.getByLabel('Security code').fill('123');
  await page.getByLabel('Name on card').fill('Ana Buyer');
  await page.getByRole('button', { name: 'Pay' }).click();
}

async function alertOf(page: Page): Promise<string> {
  return (await page.getByRole('alert').innerText()).trim();
}

/** By how much the page is wider than its window. */
function overflowOf(page: Page): Promise<number> {
  return widthBeyond(page.locator('html'));
}

function widthBeyond(locator: Locator): Promise<number> {
  return locator.evaluate((element) => element.scrollWidth - element.clientWidth);
}
