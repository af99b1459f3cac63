/** Waiting for what happens in another process or after an answer, without sleeping for a guess. */
const DEADLINE_MS = 10_000;
const INTERVAL_MS = 20;

/** Polls until the check no longer throws, and throws its last error when the deadline has passed. */
export async function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    }
  }
}
