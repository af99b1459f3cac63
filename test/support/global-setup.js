/** Once a run: starts PostgreSQL, makes the migrated template that each worker clones, and the folder of findings. */
import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { tsImport } from 'tsx/esm/api';

export default async function setUp() {
  // Jest loads this file outside its own transform, so tsx reads the TypeScript.
  const { scratchFolder } = await tsImport('../../src/platform/kernel/scratch-folder.ts', import.meta.url);
  process.env.TEST_RUN_DIRECTORY = scratchFolder('test-run');
  // Tests start a hundred programs of this project: what one has compiled, the next ones, and the next run, need not
  // compile again. Node.js keeps one version of each file.
  process.env.NODE_COMPILE_CACHE ??= path.resolve('node_modules/.cache/comptoir-compiled');
  enableCompileCache(process.env.NODE_COMPILE_CACHE);
  const { startTestDatabases } = await tsImport('./test-databases.ts', import.meta.url);
  globalThis.testDatabases = await startTestDatabases();
}
