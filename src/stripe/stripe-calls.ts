/** Calls to Stripe: timeouts, retries, throttling and pagination. */
import type Stripe from 'stripe';
import type { Clock } from '../platform/kernel/clock.js';
import type { Logger } from '../platform/kernel/logger.js';
import { CallContext } from './call-context.js';
import { type CallGuard, PaymentProviderError } from './payment-gateway.js';
import type { StripeClock } from './stripe-clock.js';
import { diagnosis, mayPass, toProviderError } from './stripe-errors.js';
import type { Throttle } from './throttle.js';

// Stripe responds within a second; after three the connection is considered dead and another is tried.
const CALL_TIMEOUT_MS = 3_000;
// A hundred objects, each with its payment, take Stripe longer than one.
const PAGE_TIMEOUT_MS = 5_000;
// Two attempts at a page whose caller sets no timeout: such lists may be of any length.
const PAGE_WITHIN_MS = 10_000;
// Stripe's largest.
const PAGE_SIZE = 100;
const FIRST_BACKOFF_MS = 200;
// With less than this left another attempt would only be cut off.
const MIN_ATTEMPT_MS = 250;

type Send<Answer> = (options: Stripe.RequestOptions) => Promise<Answer>;
type ListPage<Item> = (page: Stripe.PaginationParams, options: Stripe.RequestOptions) => Promise<Stripe.ApiList<Item>>;

export interface StripeCallsOptions {
  /** Says when each request may be sent; at once by default. */
  throttle?: Throttle;
  /** Called before every request; without it, all are admitted. */
  guard?: CallGuard;
  /** Gets Stripe's time of each response. */
  stripeClock?: StripeClock;
}

export class StripeCalls {
  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly options: StripeCallsOptions = {},
  ) {}

  /** @throws PaymentProviderError */
  async admit(call: CallContext): Promise<void> {
    const { guard } = this.options;
    if (guard !== undefined) await within(call.leftMs, guard.admit());
  }

  /**
   * One object of Stripe's.
   *
   * @throws PaymentProviderError
   */
  object<Answer extends { id: string }>(call: CallContext, send: Send<Answer>): Promise<Answer> {
    return this.repeat(call, CALL_TIMEOUT_MS, async (options) => {
      const answer = await send(options);
      // A proxy's page with status 200 is not Stripe's response: the request may have been processed or not.
      if (typeof answer.id === 'string') return answer;
      throw new PaymentProviderError('unavailable', 'Stripe’s response has no object.', null);
    });
  }

  /**
   * A list to its end, newest first. Without a context it is read for a job, and each page has a deadline of its own.
   *
   * @throws PaymentProviderError
   */
  async *pages<Item extends { id: string }>(list: ListPage<Item>, call?: CallContext): AsyncGenerator<Item[]> {
    let cursor: Stripe.PaginationParams = {};
    for (;;) {
      const pageCall = call ?? CallContext.forJob(PAGE_WITHIN_MS, this.clock);
      const { data, has_more: hasMore } = await this.repeat(pageCall, PAGE_TIMEOUT_MS, async (options) =>
        checkedPage(await list({ limit: PAGE_SIZE, ...cursor }, options)),
      );
      if (data.length > 0) yield data;
      const last = data.at(-1);
      if (!hasMore || last === undefined) return;
      cursor = { starting_after: last.id };
    }
  }

  /**
   * Everything in a list, for lists that are short by nature.
   *
   * @throws PaymentProviderError
   */
  async all<Item extends { id: string }>(call: CallContext, list: ListPage<Item>): Promise<Item[]> {
    const items: Item[] = [];
    for await (const page of this.pages(list, call)) items.push(...page);
    return items;
  }

  /** Retries what may succeed later, until the deadline. */
  private async repeat<Answer>(call: CallContext, timeoutMs: number, send: Send<Answer>): Promise<Answer> {
    await this.admit(call);
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs *= 2) {
      try {
        return await this.attempt(call, timeoutMs, send);
      } catch (error) {
        const failure = toProviderError(error);
        this.logger.warn({ kind: failure.kind, ...diagnosis(error) }, 'Call to Stripe failed');
        // Jitter keeps buyers who failed together from returning together.
        const pauseMs = backoffMs * (0.5 + Math.random());
        const isTooLate = pauseMs + MIN_ATTEMPT_MS > call.leftMs;
        if (!mayPass(failure) || isTooLate) throw failure;
        await this.clock.wait(pauseMs);
      }
    }
  }

  /** The deadline is the application's; sockets know real time only. */
  private async attempt<Answer>(call: CallContext, timeoutMs: number, send: Send<Answer>): Promise<Answer> {
    const { throttle, stripeClock } = this.options;
    if (throttle) await call.pausedFor(() => throttle.wait(call.priority));
    const askedAt = this.clock.now();
    const { leftMs } = call;
    if (leftMs <= 0) throw new PaymentProviderError('unavailable', 'There was no time left to call Stripe.', null);
    const timeout = Math.min(timeoutMs, leftMs);
    try {
      const answer = await within(
        timeout,
        withoutStack(() => send({ timeout })),
      );
      stripeClock?.heard(dateOf(answer), askedAt);
      return answer;
    } catch (error) {
      stripeClock?.heard(dateOf(error), askedAt);
      throw error;
    }
  }
}

/** The SDK records the stack of each request for its errors, which takes longer than to send the request. */
function withoutStack<Result>(work: () => Result): Result {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** A truncated list would make what exists look missing. */
function checkedPage<Item>(page: Stripe.ApiList<Item>): Stripe.ApiList<Item> {
  const isPage = Array.isArray(page.data) && typeof page.has_more === 'boolean';
  if (isPage && (page.data.length > 0 || !page.has_more)) return page;
  throw new PaymentProviderError('unavailable', 'Stripe’s response has no list.', null);
}

/** The header, which the SDK hides in responses and shows on its errors. */
function dateOf(answer: unknown): string | undefined {
  const { lastResponse, headers } = answer as Partial<Record<'lastResponse' | 'headers', { [name: string]: unknown }>>;
  const { date } = (lastResponse?.headers ?? headers ?? {}) as { date?: string };
  return date;
}

/** The SDK's timeout is for an idle connection only; one that trickles would keep a buyer waiting for ever. */
async function within<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    const late = () => new PaymentProviderError('unavailable', 'Stripe took too long to respond.', null);
    timer = setTimeout(() => reject(late()), milliseconds);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
