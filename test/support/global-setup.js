/** Once a run: starts PostgreSQL, makes the migrated template that each worker clones, and the folder of findings. */
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { tsImport } from 'tsx/esm/api';

export default async function setUp() {
  process.env.TEST_RUN_DIRECTORY = mkdtempSync(path.join(os.tmpdir(), 'comptoir-test-run-'));
  // Jest loads this file outside its own transform, so tsx reads the TypeScript.
  const { startTestDatabases } = await tsImport('./test-databases.ts', import.meta.url);
  globalThis.testDatabases = await startTestDatabases();
}
