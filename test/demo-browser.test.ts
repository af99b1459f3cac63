/** The demo in a real browser: the explorer's first press buys, and the buyer comes back to a page. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { folderInMemory } from '../demo/database/memory.js';
import { freePort } from '../src/platform/database/free-port.js';
import { removeScratchFolder, scratchFolder } from '../src/platform/kernel/scratch-folder.js';
import { launchBrowser } from './support/chromium.js';
import { describeWith } from './support/describe-with.js';
import { eventually } from './support/eventually.js';

describeWith('chromium', 'A newcomer', (chromium) => {
  let folder: string;
  let demo: ChildProcess;
  let output = '';
  let url: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = scratchFolder('demo', folderInMemory());
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    demo = spawn(process.execPath, ['--conditions=comptoir-source', '--import', 'tsx', 'demo/demo.ts'], {
      env: {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        PORT: String(port),
        STRIPE_SIMULATOR_PORT: '0',
        DEMO_DATA_DIRECTORY: folder,
      },
    });
    for (const stream of [demo.stdout, demo.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    await eventually(() => expect(output).toContain('comptoir is open'));
    browser = await launchBrowser(chromium);
  });
  afterAll(async () => {
    await browser?.close();
    const exited = once(demo, 'exit');
    demo.kill('SIGINT');
    await exited;
    const elsewhere = /Its data is in ([^:\s]+):/.exec(output)?.[1];
    for (const used of [folder, elsewhere]) if (used) removeScratchFolder(used);
  });

  test('opens the explorer, presses ▶, pays, and comes back to a page that says so; and again after a reload', async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${url}/graphiql`);
    await page.locator('.graphiql-execute-button').click();
    const result = page.locator('.result-window');
    // The editor breaks long lines.
    const answer = async () => (await result.innerText()).replaceAll(/\s/g, '');
    await eventually(async () => expect(await answer()).toMatch(/"url":"http.*"expiresAt"/));
    const paymentPage = /"url":"([^"]+)"/.exec(await answer())?.[1] ?? '';

    await page.goto(paymentPage);
    await page.locator('[name=card_number]').fill('4242 4242 4242 4242');
    await page.locator('[name=exp]').fill('12 / 34');
    await page.locator('[name=cvc]').fill('123');
    await page.locator('[name=name]').fill('Alice');
    await page.locator('[name=name]').press('Enter');
    await page.waitForURL(`${url}/success?**`);
    await page.getByText('PAID').waitFor();
    expect(await page.getByRole('heading').innerText()).toMatch(/^Order \d{4}-\d{6}$/);
    expect(await page.getByRole('status').innerText()).toBe('Status: PAID');

    // The browser remembers the tab, and no token.
    await page.goto(`${url}/graphiql`);
    await page.locator('.graphiql-execute-button').click();
    await eventually(async () => expect(await answer()).toMatch(/"sessionId":"cs_test_/));
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain('eyJ');
    await page.close();
  });

  test('turns back to the cart', async () => {
    const page = await browser.newPage();
    await page.goto(`${url}/cart`);
    expect(await page.getByRole('heading').innerText()).toBe('Back in the shop');
    await page.close();
  });

  test('calls the API from whatever port the frontend listens on, and from nowhere else', async () => {
    const allowed = async (origin: string) => {
      const preflight = await fetch(`${url}/graphql`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
      return preflight.headers.get('access-control-allow-origin');
    };
    for (const origin of ['http://localhost:5173', 'http://127.0.0.1:8080', 'http://localhost:3000']) {
      expect(await allowed(origin)).toBe(origin);
    }
    for (const origin of [
      'http://localhost.evil.example',
      'https://evil.example',
      'http://127.0.0.1.evil.example:80',
    ]) {
      expect(await allowed(origin)).toBeNull();
    }
  });
});
