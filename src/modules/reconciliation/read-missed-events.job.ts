/** Reads Stripe's list of events every minute, and remembers up to when it has read them. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Job, JobRun, JobRunOutcome } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import type { Logger } from '../../platform/kernel/logger.js';
import type { Span } from '../../stripe/object-mark.js';
import { PaymentProviderError } from '../../stripe/payment-gateway.js';
import { advanceEventsReadUntil } from '../payments/payments.repository.js';
import { StripeAccount } from '../payments/stripe-account.entity.js';
import type { MissedEventsService } from './missed-events.service.js';

// Stripe's list may show an event a moment after one that is newer, and its clock may differ from ours.
const OVERLAP_MS = 10 * 60_000;
// The webhook of an event that happened a moment ago is probably on its way.
const WEBHOOKS_TAKE_MS = 30_000;
// A database that has never been reconciled may have missed what came just before.
const FIRST_LOOK_BACK_MS = 24 * 3_600_000;
// Stripe lists events for 30 days: what is older has to be found by comparing checkouts.
const LISTED_FOR_MS = 29 * 24 * 3_600_000;
// After a long outage the mark moves on with every one of these, since the list begins with the newest event.
const SLICE_MS = 6 * 3_600_000;

export class ReadMissedEventsJob implements Job {
  readonly name = 'read-missed-events';
  readonly schedule = '* * * * *';

  constructor(
    private readonly missedEvents: MissedEventsService,
    /** For events that Stripe lists no longer. */
    private readonly reconciliation: { reconcile(em: EntityManager, span: Span): Promise<unknown> },
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager, { signal }: JobRun): Promise<JobRunOutcome> {
    const until = new Date(this.clock.now().getTime() - WEBHOOKS_TAKE_MS);
    const { eventsReadUntil } = await em.findOneOrFail(StripeAccount, { id: 1 });
    // Never in the future, where a wrong clock may have left it.
    const mark = Math.min(eventsReadUntil?.getTime() ?? until.getTime() - FIRST_LOOK_BACK_MS, until.getTime());
    try {
      if (until.getTime() - mark > LISTED_FOR_MS) {
        this.logger.error(
          { mark: new Date(mark) },
          'Events are missing for longer than Stripe lists them: reconciling checkouts',
        );
        await this.reconciliation.reconcile(em, { from: new Date(mark - OVERLAP_MS), to: until });
      }
      const from = new Date(Math.max(mark, until.getTime() - LISTED_FOR_MS) - OVERLAP_MS);
      for (const slice of slicesOf({ from, to: until })) {
        await this.missedEvents.read(em, slice, signal);
        if (signal.aborted) return 'more';
        await failPoint('missed events: before the mark');
        await advanceEventsReadUntil(em, slice.to);
      }
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.warn({ kind: error.kind }, 'Stripe’s events could not be listed: the next run continues from here');
    }
    return 'done';
  }
}

/** Oldest first. */
function* slicesOf({ from, to }: Span): Generator<Span> {
  for (let start = from.getTime(); start < to.getTime(); start += SLICE_MS) {
    yield { from: new Date(start), to: new Date(Math.min(start + SLICE_MS, to.getTime())) };
  }
}
