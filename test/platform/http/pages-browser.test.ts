/** The explorers under their content policies, in a real browser where one is installed. */
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../support/chromium.js';
import { describeWith } from '../../support/describe-with.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';

describeWith('chromium', 'In a browser', (chromium) => {
  let shop: TestApp;
  let browser: Browser;
  let origin: string;

  beforeAll(async () => {
    shop = await startTestApp();
    origin = `http://127.0.0.1:${(shop.app.server.address() as AddressInfo).port}`;
    browser = await launchBrowser(chromium);
  });
  afterAll(async () => {
    await browser?.close();
    await shop?.close();
  });

  /** A page, and what its policy has kept it from doing so far. */
  async function newPage(): Promise<{ page: Page; violations: string[] }> {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    const violations: string[] = [];
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) violations.push(message.text());
    });
    return { page, violations };
  }

  test('GraphiQL asks, answers, completes and complains, and its policy forbids nothing that it needs', async () => {
    const { page, violations } = await newPage();
    await page.goto(`${origin}/graphiql?query={paymentConfig{currency nonsense}}`);
    // Both come from the editor's worker, which knows the schema.
    await page.locator('.squiggly-error').first().waitFor();
    await page.goto(`${origin}/graphiql?query={paymentConfig{currency}}`);
    await page.locator('.graphiql-execute-button').click();
    await page.getByText('"EUR"').first().waitFor();
    expect(violations).toEqual([]);
    await page.close();
  });

  test('GraphiQL runs no script that is not its own', async () => {
    const { page, violations } = await newPage();
    await page.goto(`${origin}/graphiql`);
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.planted = true';
      document.body.append(script);
    });
    expect(await page.evaluate(() => 'planted' in window)).toBe(false);
    expect(violations.join()).toMatch(/inline script/);
    await page.close();
  });

  test('Sandbox may load its scripts, styles and frame from Apollo, and run its own inline script', async () => {
    const { page, violations } = await newPage();
    const asked: string[] = [];
    // Whether the internet is there or not, only what the browser is willing to ask for counts.
    await page.route('**/*', async (route) => {
      const url = route.request().url();
      if (url.startsWith(origin)) return route.continue();
      asked.push(url);
      const isSandbox = url.includes('embeddable-sandbox');
      // Stands for Apollo's script: it does what that one does first, and opens the frame.
      const body = isSandbox
        ? `window.EmbeddedSandbox = class { constructor() {
             const frame = document.createElement('iframe');
             frame.src = 'https://sandbox.embed.apollographql.com/sandbox/explorer';
             document.querySelector('#embeddableSandbox').append(frame);
           } };`
        : '';
      return route.fulfill({ contentType: isSandbox ? 'text/javascript' : 'text/html', body });
    });
    await page.goto(`${origin}/graphql`);
    await page.locator('iframe').waitFor();
    expect(asked.map((url) => new URL(url).host)).toEqual(
      expect.arrayContaining(['embeddable-sandbox.cdn.apollographql.com', 'sandbox.embed.apollographql.com']),
    );
    expect(violations).toEqual([]);
    await page.close();
  });
});
