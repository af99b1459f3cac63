/** Bundles the production entries into dist; packages stay outside, as npm installed them. */
import { existsSync, rmSync } from 'node:fs';

const entries = {
  main: 'src/main.ts',
  migration: 'scripts/migration.ts',
  webhooks: 'scripts/webhooks.ts',
  reconcile: 'scripts/reconcile.ts',
};

const esbuild = await import('esbuild').catch(() => null);
if (esbuild) {
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
