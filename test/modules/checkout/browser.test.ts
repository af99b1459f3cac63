/** A person buys: the payment page and the offline explorer in a real browser, where one is installed. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { checkout, orderBySession } from '../../support/checkout.js';
import { launchBrowser } from '../../support/chromium.js';
import { describeWith } from '../../support/describe-with.js';
import { eventually } from '../../support/eventually.js';
import { addProduct } from '../../support/shop.js';
import { newBuyer, startTestApp, type TestApp } from '../../support/test-app.js';

describeWith('chromium', 'In a browser', (chromium) => {
  let shop: TestApp;
  let browser: Browser;
  let shopPages: Server;
  let origin: string;

  const returnPages = () => ({
    successUrl: `${origin}/success?session_id={CHECKOUT_SESSION_ID}`,
    cancelUrl: `${origin}/cart`,
  });

  beforeAll(async () => {
    // The shop's own pages: a server, since a browser follows the redirect of a form for itself.
    shopPages = createServer((_request, response) => response.end('Merci')).listen(0, '127.0.0.1');
    await once(shopPages, 'listening');
    origin = `http://127.0.0.1:${(shopPages.address() as AddressInfo).port}`;
    shop = await startTestApp({ CHECKOUT_RETURN_ORIGINS: origin });
    browser = await launchBrowser(chromium);
  });
  afterAll(async () => {
    await browser?.close();
    shopPages.close();
    await shop.close();
  });

  test.each([
    ['with JavaScript', true],
    ['without JavaScript', false],
  ])('a buyer is declined, tries another card, pays, and is led back: %s', async (_, javaScriptEnabled) => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm, { name: 'Gourde isotherme', priceMinor: 2490 });
    const session = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT', quantity: 2 }], returnPages());
    const context = await browser.newContext({ javaScriptEnabled, locale: 'fr-FR' });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();

    await page.goto(session.url);
    const text = (await page.locator('body').innerText()).replace(/\s/g, ' ');
    expect(text).toContain('Gourde isotherme');
    expect(text).toContain('49,80 €');
    await payWith(page, '4000 0000 0000 0002');
    await page.getByRole('alert').waitFor();
    expect(new URL(page.url()).origin).toBe(shop.simulator.url);

    await payWith(page, '4242 4242 4242 4242');
    await page.waitForURL(`${origin}/success?session_id=${session.sessionId}`);
    await eventually(async () => {
      expect(await orderBySession(shop, buyer, session.sessionId)).toMatchObject({ status: 'PAID' });
    });
    await context.close();
  });

  test('a buyer turns back: the cancel link leads to the cart', async () => {
    const buyer = await newBuyer();
    const session = await checkout(shop, buyer, [{ id: await addProduct(shop.orm), type: 'PRODUCT' }], returnPages());
    const page = await browser.newPage();
    await page.goto(session.url);
    await page.locator(`a[href="${origin}/cart"]`).first().click();
    await page.waitForURL(`${origin}/cart`);
    await page.close();
  });

  test('a developer explores at /graphiql without the internet', async () => {
    const { port } = shop.app.server.address() as AddressInfo;
    const page = await browser.newPage();
    const elsewhere: string[] = [];
    page.on('request', (request) => {
      if (new URL(request.url()).port !== String(port) && request.url().startsWith('http')) {
        elsewhere.push(request.url());
      }
    });
    await page.goto(`http://127.0.0.1:${port}/graphiql?query={paymentConfig{currency}}`);
    await page.locator('.graphiql-execute-button').click();
    await page.getByText('"EUR"').first().waitFor();
    expect(elsewhere).toEqual([]);
    await page.close();
  });
});

/** Fills the form in by hand and sends it with the keyboard. */
async function payWith(page: Page, cardNumber: string): Promise<void> {
  await page.locator('[name=card_number]').fill(cardNumber);
  await page.locator('[name=exp]').fill('12 / 34');
  await page.locator('[name=cvc]').fill('123');
  await page.locator('[name=name]').fill('John Doe');
  await page.locator('[name=name]').press('Enter');
}
