/** Idempotency keys: the first execution's answer is replayed, and a key never runs two different requests. */
import { createHash } from 'node:crypto';
import { type Clock, unixSeconds } from './clock.js';
import { idempotencyKeyInUse, idempotencyMismatch, invalidParameter } from './errors.js';
import type { IdempotentAnswer } from './objects.js';
import type { Store } from './store.js';

/** Stripe may forget a key once it is at least 24 hours old, so the simulator does, at the first occasion. */
const KEY_LIFETIME_SECONDS = 24 * 60 * 60;
const KEY_LENGTH_MAXIMUM = 255;

export interface IdempotentRequest {
  key: string;
  requestId: string;
  method: string;
  path: string;
  /** The parameters in a form that does not depend on their order. */
  canonicalParameters: string;
}

/** The right to execute the request that holds a key. Settled exactly once. */
export interface KeyClaim {
  store(answer: { status: number; body: string }): void;
  /** Frees the key: the request was rejected, not executed. */
  release(): void;
}

export class IdempotencyKeys {
  readonly #inFlight = new Map<string, { endpoint: string; fingerprint: string }>();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /** The stored answer to replay, or the claim to execute. Throws for a key in use, or used for something else. */
  claim(request: IdempotentRequest): IdempotentAnswer | KeyClaim {
    const { key } = request;
    if (key.length > KEY_LENGTH_MAXIMUM) {
      throw invalidParameter(`Idempotency keys can be up to ${KEY_LENGTH_MAXIMUM} characters.`, 'idempotency_key');
    }
    this.#forgetOldKeys();
    const endpoint = `${request.method} ${request.path}`;
    const fingerprint = createHash('sha256').update(request.canonicalParameters).digest('base64');
    const stored = this.store.idempotentAnswers.get(key);
    const inFlight = this.#inFlight.get(key);
    const earlier = stored ?? inFlight;
    if (earlier !== undefined) rejectMismatch(key, earlier, { endpoint, fingerprint });
    if (stored !== undefined) return stored;
    if (inFlight !== undefined) throw idempotencyKeyInUse(key);
    this.#inFlight.set(key, { endpoint, fingerprint });
    return {
      store: ({ status, body }) => {
        this.#inFlight.delete(key);
        const created = unixSeconds(this.clock);
        const { requestId } = request;
        this.store.idempotentAnswers.put({ id: key, endpoint, fingerprint, requestId, created, status, body });
      },
      release: () => void this.#inFlight.delete(key),
    };
  }

  #forgetOldKeys(): void {
    const oldestKept = unixSeconds(this.clock) - KEY_LIFETIME_SECONDS;
    for (const { id, created } of this.store.idempotentAnswers.oldestFirst()) {
      if (created >= oldestKept) return;
      this.store.idempotentAnswers.remove(id);
    }
  }
}

interface Use {
  endpoint: string;
  fingerprint: string;
}

function rejectMismatch(key: string, earlier: Use, now: Use): void {
  if (earlier.endpoint !== now.endpoint) {
    throw idempotencyMismatch(
      'Keys for idempotent requests can only be used for the same endpoint they were first used for ' +
        `('${now.endpoint}' vs '${earlier.endpoint}'). Try using a key other than '${key}' if you meant to execute a ` +
        'different request.',
    );
  }
  if (earlier.fingerprint === now.fingerprint) return;
  throw idempotencyMismatch(
    'Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key ' +
      `other than '${key}' if you meant to execute a different request.`,
  );
}
