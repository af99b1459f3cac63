/** Bundles the production entries into dist; packages stay outside, as npm installed them. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';

const entries = {
  main: 'src/main.ts',
  migration: 'scripts/migration.ts',
  webhooks: 'scripts/webhooks.ts',
  reconcile: 'scripts/reconcile.ts',
};

if (process.argv.length > 2) {
  console.error('Usage: npm run build; it takes no options.');
  process.exit(2);
}
const esbuild = await import('esbuild').catch(() => null);
if (esbuild && !isWritable()) {
  console.error('dist cannot be written here: build where it can. node dist/main.js starts a build that is there.');
  process.exitCode = 1;
} else if (esbuild) {
  rmSync('dist', { recursive: true, force: true });
  await esbuild.build({
    entryPoints: entries,
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    packages: 'external',
    sourcemap: true,
    // Stack traces and the schema speak of classes by their own names.
    keepNames: true,
    logLevel: 'warning',
  });
} else if (!existsSync('dist/main.js')) {
  console.error(
    'There is no build in dist, and no development dependencies to make one: run npm ci, then npm run build.',
  );
  process.exitCode = 1;
}

function isWritable() {
  try {
    mkdirSync('dist', { recursive: true });
    writeFileSync('dist/.probe', '');
    return true;
  } catch {
    return false;
  }
}
