/** Once a run: starts PostgreSQL and makes the migrated template that each worker clones. */
import { tsImport } from 'tsx/esm/api';

export default async function setUp() {
  // Jest loads this file outside its own transform, so tsx reads the TypeScript.
  const { startTestDatabases } = await tsImport('./test-databases.ts', import.meta.url);
  globalThis.testDatabases = await startTestDatabases();
}
