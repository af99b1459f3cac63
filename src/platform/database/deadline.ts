/** Deadlines that a halt of the process does not break. */

// Later than that, it was not the timer that took so long: the process, or the machine, stood still.
const HALT_MS = 250;

/**
 * Timers of a process that stood still go off before it reads what has arrived meanwhile: such a deadline is extended
 * by as long as the process stood still, and is over then.
 *
 * @returns calls the deadline off
 */
function startDeadline(milliseconds: number, passed: () => void): () => void {
  const due = performance.now() + milliseconds;
  let timer = setTimeout(() => {
    const lateMs = performance.now() - due;
    if (lateMs <= HALT_MS) return passed();
    timer = setTimeout(passed, Math.min(lateMs, milliseconds));
  }, milliseconds);
  return () => clearTimeout(timer);
}

/** The answer, or what is thrown in its place when it takes longer or the signal is aborted. */
export async function answerWithin<T>(
  milliseconds: number,
  answer: Promise<T>,
  late: () => Error,
  signal: AbortSignal | null = null,
): Promise<T> {
  let callOff = () => {};
  const tooLate = new Promise<never>((_resolve, reject) => {
    const fail = () => reject(late());
    const callOffTimer = startDeadline(milliseconds, fail);
    signal?.addEventListener('abort', fail, { once: true });
    callOff = () => {
      callOffTimer();
      signal?.removeEventListener('abort', fail);
    };
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    callOff();
  }
}
