/** The real browser of the browser tests, where one is installed; elsewhere they are skipped, and it is said so. */
import { existsSync } from 'node:fs';
import { describe } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env.CHROMIUM_PATH || BROWSERS.find((candidate) => existsSync(candidate));
if (!executablePath) {
  console.warn('No Chromium found: the browser tests are skipped. Install one, or set CHROMIUM_PATH.');
}

export const describeInBrowser = executablePath ? describe : describe.skip;

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
}
