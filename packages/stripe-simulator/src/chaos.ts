/** Decides by the plan and the random numbers what goes wrong with a request, an event or a delivery. */
import { type ChaosPlan, type Latency, parseChaosPlan } from './chaos-plan.js';
import type { Clock } from './clock.js';
import type { Fault } from './faults.js';
import type { Draw, Randomness } from './randomness.js';
import { TokenBucket } from './token-bucket.js';

/** What becomes of a delivery when its event is recorded; the retries and what is resent are left alone. */
export interface DeliveryFate {
  isDropped: boolean;
  isHeldBack: boolean;
  copies: number;
  delayMs: number;
}

export interface RequestFate {
  fault: Fault | null;
  latencyMs: number;
}

const UNHARMED_DELIVERY: DeliveryFate = { isDropped: false, isHeldBack: false, copies: 1, delayMs: 0 };
const RATE_LIMITED: Fault = {
  kind: 'status',
  status: 429,
  headers: { 'Stripe-Rate-Limited-Reason': 'global-rate' },
};

export class Chaos {
  #plan: ChaosPlan = {};
  #bucket: TokenBucket | null = null;

  constructor(
    private readonly random: Randomness,
    private readonly clock: Clock,
  ) {}

  get seed(): number {
    return this.random.seed;
  }

  plan(): ChaosPlan {
    return this.#plan;
  }

  /** Takes the place of the plan before. Throws when it is none. */
  set(plan: unknown): void {
    this.#plan = parseChaosPlan(plan);
    const { rateLimit } = this.#plan;
    this.#bucket = rateLimit === undefined ? null : new TokenBucket(rateLimit.requestsPerSecond, this.clock);
  }

  clear(): void {
    this.set({});
  }

  /** As it was when a snapshot was taken. */
  restore(seed: number, plan: ChaosPlan): void {
    this.set(plan);
    this.random.seed = seed;
  }

  deliveryFate(endpointOrdinal: number): DeliveryFate {
    const { deliveries } = this.#plan;
    if (deliveries === undefined) return UNHARMED_DELIVERY;
    const draw = this.random.next(`delivery:${endpointOrdinal}`);
    const { delay } = deliveries;
    const isDelayed = delay !== undefined && happens(draw, 'delay', delay.probability);
    return {
      isDropped: happens(draw, 'drop', deliveries.drop),
      isHeldBack: !isDelayed && happens(draw, 'reorder', deliveries.reorder),
      copies: happens(draw, 'duplicate', deliveries.duplicate) ? 2 : 1,
      delayMs: isDelayed ? 1000 * between(delay.minSeconds, delay.maxSeconds, draw('delay seconds')) : 0,
    };
  }

  isEventDoubled(): boolean {
    const { events } = this.#plan;
    return events !== undefined && happens(this.random.next('event'), 'double', events.double);
  }

  requestFate(): RequestFate {
    if (this.#bucket?.take() === false) return { fault: RATE_LIMITED, latencyMs: 0 };
    const { requests } = this.#plan;
    if (requests === undefined) return { fault: null, latencyMs: 0 };
    const draw = this.random.next('request');
    const latencyMs = requests.latency === undefined ? 0 : drawLatency(requests.latency, draw);
    return { fault: drawFault(requests, draw), latencyMs };
  }
}

/** The first that happens, from the outskirts of the API inwards. */
function drawFault(plan: NonNullable<ChaosPlan['requests']>, draw: Draw): Fault | null {
  const { status429 } = plan;
  if (happens(draw, 'reset before', plan.resetBefore)) return { kind: 'reset-before-work' };
  if (status429 !== undefined && happens(draw, '429', status429.probability)) {
    const { shouldRetry = null, code = 'rate_limit' } = status429;
    const headers: Record<string, string> = shouldRetry === null ? {} : { 'Stripe-Should-Retry': String(shouldRetry) };
    return { kind: 'status', status: 429, code, headers };
  }
  if (happens(draw, '409', plan.status409)) return { kind: 'status', status: 409 };
  if (happens(draw, '500', plan.status500)) return { kind: 'status', status: 500 };
  if (happens(draw, '500 after work', plan.status500AfterWork)) return { kind: 'status-after-work', status: 500 };
  if (happens(draw, 'reset after', plan.resetAfter)) return { kind: 'reset-after-work' };
  return null;
}

function drawLatency(latency: Latency, draw: Draw): number {
  switch (latency.distribution) {
    case 'constant':
      return latency.ms;
    case 'uniform':
      return between(latency.minMs, latency.maxMs, draw('latency'));
    case 'exponential':
      return -Math.log(1 - draw('latency')) * latency.meanMs;
    case 'lognormal':
      return latency.medianMs * Math.exp(latency.sigma * normal(draw('latency'), draw('latency angle')));
  }
}

/** Two uniform numbers make one of the standard normal distribution (Box and Muller). */
function normal(radius: number, angle: number): number {
  return Math.sqrt(-2 * Math.log(1 - radius)) * Math.cos(2 * Math.PI * angle);
}

function between(minimum: number, maximum: number, share: number): number {
  return minimum + (maximum - minimum) * share;
}

function happens(draw: Draw, question: string, probability = 0): boolean {
  return draw(question) < probability;
}
