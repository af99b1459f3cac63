/** Once a run: drops what the tests made, stops PostgreSQL, tells what was skipped, and fails where a planted value leaked. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

export default async function tearDown() {
  await globalThis.testDatabases?.stop();
  const skipped = findings('skipped.txt');
  const leaks = findings('leaks.txt');
  rmSync(process.env.TEST_RUN_DIRECTORY, { recursive: true, force: true });
  if (skipped !== '') process.stderr.write(`\n${skipped}\n`);
  if (leaks !== '') throw new Error(`Secrets or personal data leaked:\n${leaks}`);
}

/** What the workers wrote down. */
function findings(name) {
  const file = path.join(process.env.TEST_RUN_DIRECTORY, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
