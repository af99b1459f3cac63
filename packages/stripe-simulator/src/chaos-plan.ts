/** What shall go wrong, how often: the plan that tests, the control API and a file hand in. */
import { z } from 'zod';

/** Every part is optional, and what is left out does not happen. Probabilities go from 0 to 1. */
export interface ChaosPlan {
  deliveries?: DeliveryChaos | undefined;
  events?:
    | {
        /** Recorded twice, with ids of their own. */
        double?: number | undefined;
      }
    | undefined;
  requests?: RequestChaos | undefined;
  /** By the simulator's clock, so that a frozen one gives nothing back. Stripe's own: 25 a second in a sandbox, 100 live. */
  rateLimit?: { requestsPerSecond: number } | undefined;
}

/** What becomes of the deliveries of an event, each with a probability of its own. */
interface DeliveryChaos {
  /** Sent twice at once. */
  duplicate?: number | undefined;
  /** Never sent, unless it is resent. */
  drop?: number | undefined;
  /** By the simulator's clock. */
  delay?: { probability: number; minSeconds: number; maxSeconds: number } | undefined;
  /** Sent after the next one to the same endpoint, at most a second late by the simulator's clock. */
  reorder?: number | undefined;
}

/** What happens to the requests of the API, each with a probability of its own. */
interface RequestChaos {
  /** By the wall clock: it is the client's patience that it tries. */
  latency?: Latency | undefined;
  resetBefore?: number | undefined;
  resetAfter?: number | undefined;
  status409?: number | undefined;
  status429?:
    | {
        probability: number;
        /** The header Stripe-Should-Retry; null or nothing leaves it out. */
        shouldRetry?: boolean | null | undefined;
        /** Two causes that Stripe answers alike. Default `rate_limit`. */
        code?: 'rate_limit' | 'lock_timeout' | undefined;
      }
    | undefined;
  /** Before the work. */
  status500?: number | undefined;
  status500AfterWork?: number | undefined;
}

export type Latency =
  | { distribution: 'constant'; ms: number }
  | { distribution: 'uniform'; minMs: number; maxMs: number }
  | { distribution: 'exponential'; meanMs: number }
  | { distribution: 'lognormal'; medianMs: number; sigma: number };

/** The schema of each part: one that is missing does not compile, as one that is too much does not. */
type PartsOf<Whole> = { [Part in keyof Required<Whole>]: z.ZodType<Whole[Part]> };

const probability = z.number().min(0).max(1);
const milliseconds = z.number().min(0).max(600_000);
const seconds = z.number().min(0);

const deliveries = z.strictObject({
  duplicate: probability.optional(),
  drop: probability.optional(),
  delay: z.strictObject({ probability, minSeconds: seconds, maxSeconds: seconds }).optional(),
  reorder: probability.optional(),
} satisfies PartsOf<DeliveryChaos>);

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
      shouldRetry: z.boolean().nullable().optional(),
      code: z.enum(['rate_limit', 'lock_timeout']).optional(),
    })
    .optional(),
  status500: probability.optional(),
  status500AfterWork: probability.optional(),
} satisfies PartsOf<RequestChaos>);

const chaosPlan = z.strictObject({
  deliveries: deliveries.optional(),
  events: z.strictObject({ double: probability.optional() }).optional(),
  requests: requests.optional(),
  rateLimit: z.strictObject({ requestsPerSecond: z.number().positive() }).optional(),
} satisfies PartsOf<ChaosPlan>);

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
