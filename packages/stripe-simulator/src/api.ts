/** What happens to every /v1 request: fault, key, route, idempotency, work, and an answer with Stripe's headers. */
import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiParameters } from './api-parameters.js';
import { authenticate } from './authentication.js';
import type { RequestFate } from './chaos.js';
import type { Clock } from './clock.js';
import { failureWithStatus, invalidApiVersion, StripeApiError, unrecognizedUrl } from './errors.js';
import { API_VERSION } from './event-recorder.js';
import type { Expansion } from './expansion.js';
import type { Fault, FaultPlan } from './faults.js';
import { canonicalForm, parseForm } from './form-encoding.js';
import type { HttpAnswer } from './http-server.js';
import type { IdempotencyKeys } from './idempotency.js';
import { createId } from './ids.js';
import type { IdempotentAnswer } from './objects.js';
import type { RequestJournal } from './request-journal.js';
import type { RouteMatch, Router } from './routing.js';
import type { Store } from './store.js';
import type { Timeline } from './timeline.js';

export interface ApiDependencies {
  store: Store;
  timeline: Timeline;
  clock: Clock;
  router: Router;
  expansion: Expansion;
  idempotencyKeys: IdempotencyKeys;
  faults: FaultPlan;
  chaos: { requestFate(): RequestFate };
  journal: RequestJournal;
  secretKeys: readonly string[] | null;
  /** Aborted when the simulator closes, so that a delayed request does not outlive it. */
  closing: AbortSignal;
}

export interface ApiRequest extends ApiParameters {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
}

interface Answer {
  status: number;
  body: string;
  headers?: Record<string, string>;
  /** Whether the idempotency key keeps it. */
  isStorable: boolean;
}

interface NumberedRequest extends ApiRequest {
  id: string;
  idempotencyKey: string | null;
}

export class Api {
  constructor(private readonly dependencies: ApiDependencies) {}

  /** Null asks for the connection to be reset. */
  async handle(request: ApiRequest): Promise<HttpAnswer | null> {
    const idempotencyKey = request.method === 'POST' ? headerValue(request.headers['idempotency-key']) : null;
    const numbered = { ...request, id: createId('request'), idempotencyKey };
    const { journal, store } = this.dependencies;
    const sequence = store.nextSequence();
    const answer = await this.#answer(numbered, this.#fateOf(request));
    const { method, path, encodedParameters } = request;
    const status = answer?.status ?? null;
    journal.record({ sequence, requestId: numbered.id, method, path, idempotencyKey, status, encodedParameters });
    return answer === null ? null : { ...answer, headers: this.#headers(numbered, answer) };
  }

  /** What was ordered for this request comes before what chance has for it. */
  #fateOf({ method, path }: ApiRequest): RequestFate {
    const ordered = this.dependencies.faults.take(method, path);
    if (ordered === null) return this.dependencies.chaos.requestFate();
    return ordered.kind === 'delay' ? { fault: null, latencyMs: ordered.ms } : { fault: ordered, latencyMs: 0 };
  }

  async #answer(request: NumberedRequest, fate: RequestFate): Promise<Answer | null> {
    const { fault } = fate;
    if (fault?.kind === 'reset-before-work') return null;
    if (fault?.kind === 'status') return this.#orderedFailure(request, fault);
    try {
      authenticate(request.headers, this.dependencies.secretKeys);
      checkVersion(request.headers);
      if (request.problem !== null) throw request.problem;
      const match = this.dependencies.router.match(request.method, request.path);
      if (match === null) throw unrecognizedUrl(request.method, request.path);
      const answer = await this.#answerOnce(request, match, fate);
      return fault?.kind === 'reset-after-work' ? null : answer;
    } catch (error) {
      return this.#failure(error, request);
    }
  }

  /** Executes the request, unless its idempotency key tells that this was done before. */
  async #answerOnce(request: NumberedRequest, match: RouteMatch, fate: RequestFate): Promise<Answer> {
    const { idempotencyKey: key, id: requestId, method, path } = request;
    const work = () => this.#execute(request, match);
    if (key === null) return this.#workWithFault(request, fate, work);
    const canonicalParameters = canonicalForm(request.encodedParameters);
    const claim = this.dependencies.idempotencyKeys.claim({ key, requestId, method, path, canonicalParameters });
    if ('body' in claim) return this.#workWithFault(request, fate, () => replay(claim));
    try {
      const answer = await this.#workWithFault(request, fate, work, claim.store);
      if (answer.isStorable) claim.store(answer);
      return answer;
    } finally {
      claim.release();
    }
  }

  /** The work itself, and what a fault makes of its answer. A delay comes first, while the key is already in use. */
  async #workWithFault(
    request: NumberedRequest,
    { fault, latencyMs }: RequestFate,
    work: () => Answer,
    storeUnderKey: (answer: Answer) => void = () => {},
  ): Promise<Answer> {
    if (latencyMs > 0) await sleep(latencyMs, undefined, { signal: this.dependencies.closing });
    const answer = work();
    if (fault?.kind !== 'status-after-work') return answer;
    const failure = this.#failure(failureWithStatus(fault.status), request);
    // A failing answer that Stripe does not keep came from its outskirts: the key keeps what the work answered.
    if (!failure.isStorable && answer.isStorable) storeUnderKey(answer);
    return failure;
  }

  #execute(request: NumberedRequest, { route, id }: RouteMatch): Answer {
    try {
      this.dependencies.timeline.runDue();
      const form = parseForm(request.encodedParameters);
      const cause = { id: request.id, idempotency_key: request.idempotencyKey };
      const object = route.execute({ form, id, cause, upload: request.upload }, this.dependencies.expansion);
      return { status: 200, body: JSON.stringify(object, null, 2), isStorable: true };
    } catch (error) {
      return this.#failure(error, request);
    }
  }

  #orderedFailure(request: NumberedRequest, fault: Extract<Fault, { kind: 'status' }>): Answer {
    const answer = this.#failure(failureWithStatus(fault.status, fault.code), request);
    const headers = { ...answer.headers, ...fault.headers };
    return { ...answer, headers, body: fault.body === undefined ? answer.body : JSON.stringify(fault.body, null, 2) };
  }

  /** An error that is not one of Stripe's is a fault of the simulator: said on the console, and a 500 to the caller. */
  #failure(error: unknown, request: NumberedRequest): Answer {
    const isStripeError = error instanceof StripeApiError;
    if (!isStripeError && !this.dependencies.closing.aborted) console.error('The Stripe simulator failed:', error);
    const failure = isStripeError ? error : failureWithStatus(500);
    const { status, isStorable, options } = failure;
    const body = failure.body(this.dependencies.store.accountId, request.id);
    return { status, body, isStorable, headers: options.headers ?? {} };
  }

  #headers(request: NumberedRequest, answer: Answer): Record<string, string> {
    return {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-cache, no-store',
      Date: this.dependencies.clock.now().toUTCString(),
      'Request-Id': request.id,
      'Stripe-Version': validVersion(request.headers) ?? API_VERSION,
      ...(request.idempotencyKey === null ? {} : { 'Idempotency-Key': request.idempotencyKey }),
      ...answer.headers,
    };
  }
}

function replay({ status, body, requestId }: IdempotentAnswer): Answer {
  const headers = { 'Idempotent-Replayed': 'true', 'Original-Request': requestId };
  return { status, body, headers, isStorable: false };
}

/** A date, since 2024 with the name of its release, and the features in preview that are asked for. */
const VERSION_FORMAT = /^\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])(\.[a-z]+)?(; ?[a-z0-9_]+=[a-z0-9_]+)*$/;

/** Stripe knows all of its versions; here, whatever looks like one gets the objects of the latest. */
function checkVersion(headers: IncomingHttpHeaders): void {
  const version = headerValue(headers['stripe-version']);
  if (version !== null && !VERSION_FORMAT.test(version)) throw invalidApiVersion(version);
}

function validVersion(headers: IncomingHttpHeaders): string | null {
  const version = headerValue(headers['stripe-version']);
  return version !== null && VERSION_FORMAT.test(version) ? version : null;
}

function headerValue(value: string | string[] | undefined): string | null {
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined || first === '' ? null : first;
}
