/**
 * The globals of the tests: one set for all files that a worker runs, so that the modules of `runtime.cjs` can be shared
 * between them. Jest's own environment makes a set for each file, behind a proxy that slows down each use of a global.
 */
const { setTimeout: sleep } = require('node:timers/promises');
const vm = require('node:vm');
const { ModuleMocker } = require('jest-mock');
const { installCommonGlobals } = require('jest-util');

// As in Jest's environment: what tests and built-in modules exchange is of one class.
const SAME_AS_BUILT_IN = { Buffer, ArrayBuffer, Uint8Array };
// Deeper than by default, for failures that begin far from the test.
const STACK_TRACE_LIMIT = 50;
// What the test framework keeps in symbols of the global object for one file.
const OF_ONE_FILE = /^(JEST_STATE_SYMBOL|EVENT_HANDLERS|TEST_TIMEOUT_SYMBOL|RETRY_\w+)$/;
// The same; it cannot be deleted unless it is made here.
const MATCHERS = Symbol.for('$$jest-matchers-object');
const newMatchers = () => ({
  customEqualityTesters: [],
  matchers: Object.create(null),
  state: {
    assertionCalls: 0,
    expectedAssertionsNumber: null,
    isExpectingAssertions: false,
    numPassingAsserts: 0,
    suppressedErrors: [],
  },
});

// What a worker has open between files: its channel to the main process, and its output.
const OF_THE_WORKER = ['PipeWrap', 'TTYWrap'];
// Sockets that were closed need some milliseconds, on a machine that halts some seconds.
const CLOSED_WITHIN_MS = 30_000;

let context;
// What earlier files of this worker left open, for which they have failed.
let openBefore = 0;

/** What keeps this process from ending, by the names that Node.js gives to it. */
const openResources = () => process.getActiveResourcesInfo().filter((name) => !OF_THE_WORKER.includes(name));

/** A context whose globals are plain properties, which costs nothing to read. */
function newContext() {
  const made = vm.createContext(vm.constants.DONT_CONTEXTIFY);
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (name in made || name === 'global') continue;
    const { get, value, enumerable } = Object.getOwnPropertyDescriptor(globalThis, name);
    const set = (is) =>
      Object.defineProperty(made, name, { value: is, enumerable, configurable: true, writable: true });
    if (get) {
      // Node.js loads it at its first use.
      const load = () => {
        set(globalThis[name]);
        return made[name];
      };
      Object.defineProperty(made, name, { get: load, set, enumerable, configurable: true });
    } else {
      set(value);
    }
  }
  installCommonGlobals(made, {});
  Object.assign(made, SAME_AS_BUILT_IN, { global: made });
  made.Error.stackTraceLimit = STACK_TRACE_LIMIT;
  return made;
}

class SharedEnvironment {
  constructor({ projectConfig }, { testPath }) {
    this.testPath = testPath;
    context ??= newContext();
    this.global = context;
    this.conditions = projectConfig.testEnvironmentOptions.customExportConditions;
    this.moduleMocker = new ModuleMocker(this.global);
    // A file may change its environment variables.
    const { process } = installCommonGlobals({ Symbol: context.Symbol, Date: context.Date }, {});
    this.global.process = process;
    Object.defineProperty(this.global, MATCHERS, { value: newMatchers(), configurable: true });
  }

  async setup() {}

  async teardown() {
    for (const key of Object.getOwnPropertySymbols(this.global)) {
      if (OF_ONE_FILE.test(key.description)) delete this.global[key];
    }
    await this.waitForClosedResources();
  }

  /** A worker that is told to end while sockets are still closing may be killed, and what a file leaves open is named. */
  async waitForClosedResources() {
    // A single file runs in the main process, which has resources of its own.
    if (process.send === undefined) return;
    const deadline = Date.now() + CLOSED_WITHIN_MS;
    while (openResources().length > openBefore && Date.now() < deadline) await sleep(5);
    const left = openResources();
    if (left.length <= openBefore) return;
    openBefore = left.length;
    throw new Error(`${this.testPath} leaves open: ${left.join(', ')}`);
  }

  exportConditions() {
    return this.conditions;
  }

  getVmContext() {
    return this.global;
  }
}

module.exports = SharedEnvironment;
