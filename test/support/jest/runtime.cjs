/**
 * How tests load modules: the test files and their helpers again for each file, everything else once in a worker. Loading
 * the whole program again for each of more than a hundred files took a fifth of the time of all tests, and much memory.
 *
 * It builds on internals of Jest, whose version is pinned. Without the line `runtime` in `jest.config.js` everything works
 * as well, only slower.
 */
const path = require('node:path');
const { fileURLToPath, pathToFileURL } = require('node:url');
const { default: Runtime } = require('jest-runtime');

// Of the project, and of each package; the rest belongs to tests.
const SHARED_FOLDERS = /^(src|demo|cli|proof(?!\/fuzz)|bench|scripts|packages\/[^/]+\/(src|bin))\//;

/** What all files of a worker share; made with the first of them. */
let shared;

class SharedModules {
  /** By file, so that a look at what is there costs little. */
  isShared = new Map();

  constructor(parameters) {
    const [{ rootDir }] = parameters;
    this.rootDir = rootDir;
    this.runtime = new Runtime(...parameters);
    // Fastify looks through `require.cache` for the name of each plugin, which takes long where it holds everything.
    this.runtime.registries.requireCacheProxy = Object.create(null);
    // Decorators need it, whichever module comes first.
    this.load(pathToFileURL(require.resolve('reflect-metadata')).href);
  }

  /** Whether the module with this URL belongs to no test. */
  holds(url) {
    let held = this.isShared.get(url);
    if (held === undefined) {
      const file = url.startsWith('file://') ? path.relative(this.rootDir, fileURLToPath(url)) : '';
      held = file.includes('node_modules/') || SHARED_FOLDERS.test(file);
      this.isShared.set(url, held);
    }
    return held;
  }

  /** The evaluated module, loaded if it has not been. */
  load(url) {
    const { registries, esmLoader } = this.runtime;
    const loaded = registries.esModuleRegistry.get(url);
    if (loaded?.status === 'evaluated') return loaded;
    const file = fileURLToPath(url);
    return file.endsWith('.json') || this.runtime.unstable_shouldLoadAsEsm(file)
      ? esmLoader.tryLoadGraphSync(file, '', 'sync-required')
      : esmLoader.loadCjsAsEsm(this.rootDir, file, '', esmLoader.getContext());
  }
}

/** The modules of a file of tests, with those that are shared behind them. */
class FileModules extends Map {
  get(url) {
    return shared.holds(url) ? shared.load(url) : super.get(url);
  }

  has(url) {
    return shared.holds(url) || super.has(url);
  }
}

class FileRuntime extends Runtime {
  constructor(...parameters) {
    super(...parameters);
    shared ??= new SharedModules(parameters);
    this.registries.esModuleRegistry = new FileModules();
    // For the lines in stack traces.
    this.transformCache.sourceMaps = shared.runtime.transformCache.sourceMaps;
  }
}

module.exports = FileRuntime;
