/** Waiting for what other processes do. */
import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 20;

/** Polls until the check says yes; false when it has not within the time. A check that throws says no. */
export async function comesTrue(withinMs: number, check: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    if (await answerOf(check)) return true;
    if (Date.now() > deadline) return false;
    await sleep(INTERVAL_MS);
  }
}

async function answerOf(check: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await check();
  } catch {
    return false;
  }
}

export { sleep };
