/** Once a run: drops what the tests made, stops PostgreSQL, and fails the run where a planted value leaked. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

export default async function tearDown() {
  await globalThis.testDatabases?.stop();
  const file = process.env.TEST_LEAKS_FILE;
  const leaks = existsSync(file) ? readFileSync(file, 'utf8') : '';
  rmSync(path.dirname(file), { recursive: true, force: true });
  if (leaks !== '') throw new Error(`Secrets or personal data leaked:\n${leaks}`);
}
