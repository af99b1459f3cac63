/** Injects faults at Stripe and in its webhooks: another kind every few seconds. */
import type { ChaosPlan } from '@comptoir/stripe-simulator';
import type { Random } from './random.js';
import type { RunLog } from './run-log.js';
import type { StripeProcess } from './stripe-process.js';
import { sleep } from './waiting.js';

const CHANGES_AFTER_MS = 2_500;

const KINDS: readonly [name: string, plan: ChaosPlan][] = [
  ['calm', {}],
  ['events duplicated', { deliveries: { duplicate: 0.6 }, events: { double: 0.3 } }],
  [
    'events reordered and late',
    { deliveries: { reorder: 0.5, delay: { probability: 0.4, minSeconds: 0.2, maxSeconds: 5 } } },
  ],
  ['events dropped', { deliveries: { drop: 0.5, duplicate: 0.2 } }],
  ['no events at all', { deliveries: { drop: 1 } }],
  [
    'Stripe answers 409, 429 and 500',
    { requests: { status409: 0.05, status429: { probability: 0.1 }, status500: 0.08, status500AfterWork: 0.05 } },
  ],
  ['Stripe hangs up', { requests: { resetBefore: 0.12, resetAfter: 0.12 } }],
  ['Stripe is slow', { requests: { latency: { distribution: 'lognormal', medianMs: 120, sigma: 1.2 } } }],
  [
    'everything at once',
    {
      deliveries: { duplicate: 0.3, drop: 0.3, reorder: 0.3 },
      requests: { status500: 0.05, status500AfterWork: 0.05, resetAfter: 0.05, status429: { probability: 0.05 } },
    },
  ],
];

export class FaultInjector {
  private override: ChaosPlan | null = null;

  constructor(
    private readonly stripe: StripeProcess,
    private readonly runLog: RunLog,
    private readonly random: Random,
  ) {}

  async keepChanging(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const [name, plan] = this.random.pick(KINDS);
      if (this.override === null) await this.stripe.setChaos(plan);
      this.runLog.count(`faults: ${name}`);
      await sleep(CHANGES_AFTER_MS);
    }
  }

  /** Stripe cannot be reached while the work runs. */
  async withStripeAway<Result>(work: () => Promise<Result>): Promise<Result> {
    this.override = { requests: { resetBefore: 1 } };
    await this.stripe.setChaos(this.override);
    try {
      return await work();
    } finally {
      this.override = null;
      await this.stripe.setChaos({});
    }
  }
}
