/** `node scripts/build.js [directory]`: bundles the production entries with what they use, into dist by default. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const programs = {
  main: 'src/main.ts',
  migration: 'cli/migration.ts',
  comptoir: 'cli/comptoir.ts',
};

/**
 * What stays outside: `graphql`, which there may be only one of, the explorer's page, which development alone loads, and
 * what the driver would use if it were installed.
 */
const external = ['graphql', '@graphql-yoga/render-graphiql', 'pg-native'];
// Packages that others would import by `import()` for what is not used here: we validate arguments, and load in batches,
// by imports of our own.
const neverImportedLater = ['class-validator', 'dataloader'];
// Packages written for `require` find it, and where they are, here.
const banner = `import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);
const { filename: __filename, dirname: __dirname } = import.meta;`;

// Node reads all of a map at the start: of packages, stack traces name the file and no line.
const EMPTY_MAP = Buffer.from('{"version":3,"sources":[""],"mappings":"AAAA"}').toString('base64');
const preparePackages = {
  name: 'prepare packages',
  setup({ onLoad }) {
    onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, ({ path: file }) => ({
      contents: `${packageSource(file)}\n//# sourceMappingURL=data:application/json;base64,${EMPTY_MAP}`,
      loader: 'js',
    }));
  },
};

/**
 * Where a bundle has no `module.require`, Apollo Server would hash each query in JavaScript; `require` would look for the
 * module each time.
 */
function packageSource(file) {
  return readFileSync(file, 'utf8')
    .replaceAll('module.require("crypto")', 'process.getBuiltinModule("crypto")')
    .replaceAll('module.require', 'require');
}

const [directory = 'dist', ...others] = process.argv.slice(2);
if (directory.startsWith('-') || others.length > 0) {
  console.error('Usage: npm run build; it takes no options.');
  process.exit(2);
}
const esbuild = await import('esbuild').catch(() => null);
if (esbuild && !isWritable()) {
  console.error('dist cannot be written here: build where it can. node dist/main.js starts a build that is there.');
  process.exitCode = 1;
} else if (esbuild) {
  rmSync(directory, { recursive: true, force: true });
  await buildPrograms(esbuild);
  await buildEntries(esbuild);
} else if (!existsSync('dist/main.js')) {
  console.error(
    'There is no build in dist, and no development dependencies to make one: run npm ci, then npm run build.',
  );
  process.exitCode = 1;
}

async function buildPrograms({ build }) {
  const { metafile } = await build({
    entryPoints: programs,
    outdir: path.join(directory, 'programs'),
    metafile: true,
    bundle: true,
    // What several of them need is there once, and a command loads what it needs itself.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // Packages too: two thousand files would take longer to load than all else that a start does.
    external,
    banner: { js: banner },
    minifySyntax: true,
    // Less to read, and to keep, of what nobody reads: stack traces show our sources.
    minifyWhitespace: true,
    plugins: [preparePackages],
    // As everywhere here: a package of ours that is bundled comes from its source.
    conditions: ['comptoir-source'],
    sourcemap: true,
    sourcesContent: false,
    // Stack traces and the schema speak of classes by their own names.
    keepNames: true,
    logLevel: 'warning',
  });
  rejectNamelessImports(metafile);
  nameOnlyWhatIsConstructed(metafile);
}

/** The bundler's helper would name each function again whenever it is made: three hundredths of a checkout's time. */
function nameOnlyWhatIsConstructed({ outputs }) {
  const helper = '__name=(target,value)=>';
  const files = Object.keys(outputs).filter((file) => file.endsWith('.js'));
  const [file, ...others] = files.filter((name) => readFileSync(name, 'utf8').includes(helper));
  if (file === undefined || others.length > 0) throw new Error('The helper that keeps names is not where it was.');
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(
      helper,
      `${helper}!('prototype' in target) || target.name === value ? target : `,
    ),
  );
}

/** What a package written for `require` exports has no names where it is imported later, by `import()`. */
function rejectNamelessImports({ outputs }) {
  const nameless = Object.values(outputs)
    .filter(({ entryPoint, exports }) => entryPoint?.includes('node_modules/') && exports.join() === 'default')
    .map(({ entryPoint }) => entryPoint.replace(/^.*node_modules\//, ''));
  const unknown = nameless.filter((file) => !neverImportedLater.some((name) => file.startsWith(`${name}/`)));
  if (unknown.length === 0) return;
  throw new Error(`${unknown.join(', ')}: imported by import(), which gives no names; name the package in "external".`);
}

/** What people start: it runs on any Node that knows modules, and loads the program only where that can run. */
async function buildEntries({ build }) {
  await build({
    entryPoints: ['src/platform/kernel/require-node.ts'],
    outdir: directory,
    format: 'esm',
    target: 'es2018',
    logLevel: 'warning',
  });
  for (const name of Object.keys(programs)) {
    writeFileSync(
      path.join(directory, `${name}.js`),
      `import './require-node.js';\nimport('./programs/${name}.js');\n`,
    );
  }
}

function isWritable() {
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, '.probe'), '');
    return true;
  } catch {
    return false;
  }
}
