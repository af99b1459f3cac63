/** Waiting for what happens in another process or after an answer, without sleeping for a guess. */

// As long as what is waited for may take where it works: a failure is reported late, and a success never is.
const DEADLINE_MS = 30_000;
const INTERVAL_MS = 20;
// A halt of this process, or of the whole machine, is not time in which anything could have happened.
const MAX_STEP_MS = 500;

/**
 * Polls until the check no longer throws, and throws its last error when the deadline has passed.
 *
 * @param deadlineMs longer for what takes seconds of computing, and so much longer on a busy machine
 */
export async function eventually<T>(check: () => T | Promise<T>, deadlineMs = DEADLINE_MS): Promise<T> {
  let waitedMs = 0;
  for (let last = performance.now(); ; ) {
    try {
      return await check();
    } catch (error) {
      const now = performance.now();
      waitedMs += Math.min(now - last, MAX_STEP_MS);
      last = now;
      if (waitedMs > deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    }
  }
}
