/** The fail points at which processes are killed. */
import { FAIL_POINTS } from '../../src/platform/kernel/fail-point.js';

/** Nobody disputes here, and nobody is charged a fee: what is cut off there, test/modules/{disputes,fees} show. */
export const KILL_POINTS = FAIL_POINTS.filter((name) => !/^(dispute|fee):/.test(name));
