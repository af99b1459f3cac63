/** The tests of this package alone, which need no database: `npm test --workspace packages/stripe-simulator`. */
import base from '../../jest.config.js';

const { globalSetup, globalTeardown, ...rest } = base;

export default { ...rest, roots: ['<rootDir>/test'] };
