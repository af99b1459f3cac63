/** What shall go wrong, how often: the plan that tests, the control API and a file hand in. */
import { z } from 'zod';

const probability = z.number().min(0).max(1);
const milliseconds = z.number().min(0).max(600_000);
const seconds = z.number().min(0);

const deliveries = z.strictObject({
  /** Sent twice at once. */
  duplicate: probability.optional(),
  /** Never sent, unless it is resent. */
  drop: probability.optional(),
  /** By the simulator's clock. */
  delay: z.strictObject({ probability, minSeconds: seconds, maxSeconds: seconds }).optional(),
  /** Sent after the next one to the same endpoint, at most a second late by the simulator's clock. */
  reorder: probability.optional(),
});

/** By the wall clock: it is the client's patience that it tries. */
const latency = z.discriminatedUnion('distribution', [
  z.strictObject({ distribution: z.literal('constant'), ms: milliseconds }),
  z.strictObject({ distribution: z.literal('uniform'), minMs: milliseconds, maxMs: milliseconds }),
  z.strictObject({ distribution: z.literal('exponential'), meanMs: milliseconds }),
  z.strictObject({ distribution: z.literal('lognormal'), medianMs: milliseconds, sigma: z.number().min(0).max(5) }),
]);

const requests = z.strictObject({
  latency: latency.optional(),
  resetBefore: probability.optional(),
  resetAfter: probability.optional(),
  status409: probability.optional(),
  status429: z
    .strictObject({
      probability,
      /** The header Stripe-Should-Retry; null or nothing leaves it out. */
      shouldRetry: z.boolean().nullable().optional(),
      /** Two causes that Stripe answers alike. Default `rate_limit`. */
      code: z.enum(['rate_limit', 'lock_timeout']).optional(),
    })
    .optional(),
  /** Before the work. */
  status500: probability.optional(),
  status500AfterWork: probability.optional(),
});

const chaosPlan = z.strictObject({
  deliveries: deliveries.optional(),
  events: z.strictObject({ double: probability.optional() }).optional(),
  requests: requests.optional(),
  /** By the simulator's clock, so that a frozen one gives nothing back. Stripe's own: 25 a second in a sandbox, 100 live. */
  rateLimit: z.strictObject({ requestsPerSecond: z.number().positive() }).optional(),
});

/** Every part is optional, and what is left out does not happen. Probabilities go from 0 to 1. */
export type ChaosPlan = z.input<typeof chaosPlan>;
export type Latency = z.infer<typeof latency>;

/** Throws an error that names the part that is wrong. */
export function parseChaosPlan(value: unknown): ChaosPlan {
  const result = chaosPlan.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ChaosPlanError(issue?.message ?? 'Not a plan', issue?.path.map(String).join('.') ?? '');
}

export class ChaosPlanError extends Error {
  constructor(
    message: string,
    readonly part: string,
  ) {
    super(part === '' ? `Chaos plan: ${message}` : `Chaos plan, ${part}: ${message}`);
  }
}
