/** The fail points at which processes are killed. */
import { FAIL_POINTS } from '../../src/platform/kernel/fail-point.js';

export const KILL_POINTS = FAIL_POINTS;
