/** The fuzzing of `npm run proof -- fuzz`, which has a budget of its own beside `npm test`. */
import base from '../../jest.config.js';

export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/proof/fuzz'],
  testMatch: ['**/*.fuzz.ts'],
  // As long as it takes: how much is fuzzed decides the caller.
  testTimeout: 2 ** 31 - 1,
};
