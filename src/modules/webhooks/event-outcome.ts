/** What is stored after an event was handled, or could not be: when it is tried again, and when no more. */
import { describeError } from '../../platform/database/describe-error.js';
import type { HandlerResult } from '../payments/event-handler.js';
import { InboxState } from './inbox-event.entity.js';

// Five seconds after the first failure, doubled up to an hour: a deployment that fixes a handler finds events still
// being retried for half a day.
const FIRST_PAUSE_SECONDS = 5;
const MAX_PAUSE_SECONDS = 3_600;
const ATTEMPTS = 20;
// A payment is linked to its order within moments, or by the daily reconciliation, and its events are retried then.
// Most that stay unmatched are another application's: they are retried less and less often.
const UNMATCHED_FOR_MS = 24 * 3_600_000;
const UNMATCHED_PAUSE_SECONDS = 60;
// The event that links the payment may be in the middle of being applied.
const UNMATCHED_FIRST_PAUSE_SECONDS = 2;

export interface Outcome {
  state: InboxState;
  orderId: string | null;
  error: string | null;
  /** Null when it is not retried. */
  retryAfterSeconds: number | null;
}

/** An event in another version of the API, whose object has to be read from Stripe. */
export interface Unread {
  state: 'RECEIVED';
  orderId: null;
  error?: string;
}

/** @param attempts before this one */
export function outcomeOfFailure(error: unknown, attempts: number): Outcome {
  const isHopeless = attempts + 1 >= ATTEMPTS;
  return {
    state: isHopeless ? InboxState.DEAD : InboxState.FAILED,
    orderId: null,
    error: describeError(error),
    retryAfterSeconds: isHopeless ? null : growingPause(FIRST_PAUSE_SECONDS, attempts + 1),
  };
}

/** @param attempts before this one */
export function outcomeOfResult(
  { state: result, orderId, error }: HandlerResult | Unread,
  { attempts, ageMs }: { attempts: number; ageMs: number },
): Outcome {
  const state = InboxState[result];
  const final = { orderId, error: error ?? null, retryAfterSeconds: null };
  if (state === InboxState.RECEIVED) return { ...final, state, retryAfterSeconds: 0 };
  if (state !== InboxState.UNMATCHED) return { ...final, state };
  if (ageMs >= UNMATCHED_FOR_MS) return { ...final, state: InboxState.IGNORED };
  const isFirst = attempts === 0;
  const retryAfterSeconds = isFirst ? UNMATCHED_FIRST_PAUSE_SECONDS : growingPause(UNMATCHED_PAUSE_SECONDS, attempts);
  return { ...final, state, retryAfterSeconds };
}

/** @param attempts the number of attempts so far, at least one */
export function growingPause(firstPauseSeconds: number, attempts: number): number {
  return Math.min(firstPauseSeconds * 2 ** (attempts - 1), MAX_PAUSE_SECONDS);
}
