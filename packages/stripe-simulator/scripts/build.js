/** `npm run build`: bundles the library and the program into dist, with the declarations of what is public. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = path.join(root, 'dist');

fs.rmSync(dist, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/index.ts', 'src/main.ts'],
  outdir: 'dist',
  bundle: true,
  // What both need is there once.
  splitting: true,
  chunkNames: 'simulator-[hash]',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Stack traces speak of classes by their own names.
  keepNames: true,
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  logLevel: 'warning',
});
writeLicenses(metafile);
writeDeclarations();

/** A bundle that contains a package has to contain the package's licence. */
function writeLicenses({ inputs }) {
  const folders = new Set(
    Object.keys(inputs).flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []),
  );
  const texts = [...folders].map((folder) => {
    const directory = path.join(root, folder);
    const license = fs.readdirSync(directory).find((name) => /^licen[cs]e/i.test(name));
    if (license === undefined) throw new Error(`${folder} has no licence to pass on.`);
    const { name, version } = JSON.parse(fs.readFileSync(path.join(directory, 'package.json'), 'utf8'));
    return `${name} ${version}\n\n${fs.readFileSync(path.join(directory, license), 'utf8').trim()}\n`;
  });
  fs.writeFileSync(path.join(dist, 'third-party-licenses.txt'), texts.join('\n\n'));
}

/** Only those that the entry leads to: the others refer to packages that users of this one do not install. */
function writeDeclarations() {
  const all = fs.mkdtempSync(path.join(os.tmpdir(), 'stripe-simulator-declarations-'));
  try {
    const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    execFileSync(process.execPath, [compiler, '-p', root, '--outDir', all], { stdio: 'inherit' });
    const reached = new Set(['index.d.ts']);
    for (const file of reached) {
      const text = fs.readFileSync(path.join(all, file), 'utf8');
      for (const [, imported] of text.matchAll(/(?:from|import\()\s*'([^']+)'/g)) {
        if (!imported.startsWith('.')) throw new Error(`The public types of ${file} need the package ${imported}.`);
        reached.add(path.join(path.dirname(file), imported.replace(/\.js$/, '.d.ts')));
      }
      fs.mkdirSync(path.dirname(path.join(dist, file)), { recursive: true });
      fs.writeFileSync(path.join(dist, file), text);
    }
  } finally {
    fs.rmSync(all, { recursive: true, force: true });
  }
}
