/** The real browser of the browser tests, where the machine has one. */
import { accessSync, appendFileSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const HINT = 'chromium is missing: install it (Debian: apt-get install chromium) or say in CHROMIUM_PATH where it is';

/**
 * Like `describe`, with what launches the browser. Without one the tests are skipped, and fail where
 * TEST_PROGRAMS_REQUIRED is set, as in CI: a test that did not run proves nothing.
 */
export function describeWithBrowser(name: string, tests: (launch: () => Promise<Browser>) => void): void {
  const executablePath = findBrowser();
  if (executablePath !== null) {
    describe(name, () => tests(() => launchBrowser(executablePath)));
  } else if (process.env.TEST_PROGRAMS_REQUIRED) {
    describe(name, () => {
      test('needs chromium', () => {
        throw new Error(HINT);
      });
    });
  } else {
    // A run of the whole project tells at its end what it skipped, where it is read.
    const directory = process.env.TEST_RUN_DIRECTORY;
    if (directory) appendFileSync(join(directory, 'skipped.txt'), `SKIPPED: ${name}: ${HINT}\n`);
    describe.skip(name, () => tests(() => Promise.reject(new Error(HINT))));
  }
}

function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
}

function findBrowser(): string | null {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
