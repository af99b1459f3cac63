/** The fail points at which processes are killed. */
import { FAIL_POINTS } from '../../src/platform/kernel/fail-point.js';

/** Nobody disputes here, and staff answer nothing: what is cut off there, test/modules/disputes shows. */
export const KILL_POINTS = FAIL_POINTS.filter((name) => !name.startsWith('dispute'));
