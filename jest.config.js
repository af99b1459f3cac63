import path from 'node:path';

// As an absolute path: packages have a configuration of their own, laid over this one.
const support = path.join(import.meta.dirname, 'test/support');

/** Jest runs TypeScript as native ES modules; swc only strips types, as the build does. */
export default {
  // Modules are loaded once in a worker, and not again for each file.
  testEnvironment: path.join(support, 'jest/environment.cjs'),
  runtime: path.join(support, 'jest/runtime.cjs'),
  // Packages of ours come from their source, so that nothing has to be built first; the others are Jest's own.
  testEnvironmentOptions: { customExportConditions: ['comptoir-source', 'node', 'node-addons'] },
  // Jest leaves a core idle by default; these tests wait for sockets more than they compute.
  maxWorkers: '100%',
  // For what hangs. Far longer than anything that a test waits for on a machine that is busy or halts for some seconds;
  // what is waited for has a deadline of its own, and reports for itself what did not happen.
  testTimeout: 180_000,
  // A test that fails may leave a server or a queue open, which would keep the run from ever ending.
  forceExit: true,
  roots: ['<rootDir>/test', '<rootDir>/packages'],
  globalSetup: '<rootDir>/test/support/global-setup.js',
  globalTeardown: '<rootDir>/test/support/global-teardown.js',
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          target: 'es2024',
          transform: { legacyDecorator: true, decoratorMetadata: false, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
      },
    ],
  },
};
