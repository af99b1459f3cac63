/** The fail points at which processes are killed. */
import { FAIL_POINTS } from '../../src/platform/kernel/fail-point.js';

/** Nobody is charged a fee here: what is cut off there, test/modules/fees shows. */
export const KILL_POINTS = FAIL_POINTS.filter((name) => !name.startsWith('fee:'));
