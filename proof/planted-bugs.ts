/**
 * `npm run proof -- planted-bugs [NAME…]`: plants one bug after the other, and shows that a test or a chaos run catches
 * each: what no bug makes fail proves nothing.
 */
import { paymentBugs } from './bugs/payment-bugs.js';
import { shopBugs } from './bugs/shop-bugs.js';
import { plant } from './planting.js';

const USAGE = `Usage:
  npm run proof -- planted-bugs [NAME…]   parts of names as they are printed; all bugs without one
  npm run proof -- planted-bugs --check   only sees whether all of them still can be planted`;

await plant(USAGE, [...paymentBugs, ...shopBugs]);
