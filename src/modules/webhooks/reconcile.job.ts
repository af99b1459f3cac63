/** Feeds events of Stripe's list that no webhook brought into the inbox. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Job, Round, RoundOutcome } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import type { Logger } from '../../platform/kernel/logger.js';
import {
  type ListedEvent,
  type PaymentGateway,
  PaymentProviderError,
  type Span,
} from '../../stripe/payment-gateway.js';
import { parseStripeEvent } from '../../stripe/stripe-event.js';
import type { InboxService } from './inbox.service.js';
import { InboxEvent } from './inbox-event.entity.js';
import { StripeAccount } from './stripe-account.entity.js';

// Stripe's list may show an event a moment after one that is newer, and its clock may differ from ours.
const OVERLAP_MS = 10 * 60_000;
// What happened a moment ago is probably on its way.
const WEBHOOKS_TAKE_MS = 30_000;
// A database that has never been reconciled may have missed what came just before.
const FIRST_LOOK_BACK_MS = 24 * 3_600_000;
// Stripe lists events for 30 days; a mark that is older cannot be caught up with by events.
const LISTED_FOR_MS = 29 * 24 * 3_600_000;
// After a long outage the mark moves on with every one of these, since the list begins with the newest event.
const SLICE_MS = 6 * 3_600_000;

export interface EventsSummary {
  listed: number;
  /** Events that no webhook had brought. */
  missed: number;
}

export class ReconcileJob implements Job {
  readonly name = 'reconcile';
  readonly schedule = '* * * * *';

  constructor(
    private readonly inbox: InboxService,
    /** Compares checkouts, for when the events are no longer listed. */
    private readonly comparison: { compare(em: EntityManager, span: Span): Promise<unknown> },
    private readonly gateway: PaymentGateway,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager, { ending }: Round): Promise<RoundOutcome> {
    const until = new Date(this.clock.now().getTime() - WEBHOOKS_TAKE_MS);
    const { eventsReadUntil } = await em.findOneOrFail(StripeAccount, { id: 1 });
    // Never in the future, where a clock that has been put right may have left it.
    const mark = Math.min(eventsReadUntil?.getTime() ?? until.getTime() - FIRST_LOOK_BACK_MS, until.getTime());
    try {
      if (until.getTime() - mark > LISTED_FOR_MS) {
        this.logger.error({ mark: new Date(mark) }, 'Events are missing for longer than Stripe lists them: comparing');
        await this.comparison.compare(em, { from: new Date(mark - OVERLAP_MS), to: until });
      }
      const from = new Date(Math.max(mark, until.getTime() - LISTED_FOR_MS) - OVERLAP_MS);
      for (const slice of slicesOf({ from, to: until })) {
        await this.readEvents(em, slice, ending);
        if (ending.aborted) return 'more';
        await failPoint('reconcile: before the mark');
        await moveMark(em, slice.to);
      }
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.warn({ kind: error.kind }, 'Stripe’s events could not be listed: the next round goes on from here');
    }
    return 'done';
  }

  /** What `readEvents` would store; changes nothing. */
  async missedEvents(em: EntityManager, span: Span): Promise<EventsSummary> {
    const summary = { listed: 0, missed: 0 };
    for await (const page of this.gateway.listEvents(this.inbox.handledTypes, span)) {
      summary.listed += page.length;
      summary.missed += (await unknownEvents(em, page)).length;
    }
    return summary;
  }

  /**
   * Stores and applies what the inbox does not know. An event whose handler fails is stored, and holds nothing up.
   *
   * @param ending ends it after a page
   */
  async readEvents(em: EntityManager, span: Span, ending?: AbortSignal): Promise<EventsSummary> {
    const summary = { listed: 0, missed: 0 };
    for await (const page of this.gateway.listEvents(this.inbox.handledTypes, span)) {
      const missed = await unknownEvents(em, page);
      summary.listed += page.length;
      summary.missed += missed.length;
      // Listed newest first; told in the order in which they happened, timelines read better.
      for (const { body } of missed.reverse()) {
        const event = parseStripeEvent(body);
        if (event !== null) await this.inbox.receive(em, event, body);
      }
      await failPoint('reconcile: page stored');
      if (ending?.aborted) break;
    }
    if (summary.missed > 0) this.logger.warn(summary, 'Events that no webhook brought were read from Stripe’s list');
    return summary;
  }
}

/** Oldest first. */
function* slicesOf({ from, to }: Span): Generator<Span> {
  for (let start = from.getTime(); start < to.getTime(); start += SLICE_MS) {
    yield { from: new Date(start), to: new Date(Math.min(start + SLICE_MS, to.getTime())) };
  }
}

/** Only forwards: a run that was taken for dead may end after the one that took its place. */
async function moveMark(em: EntityManager, until: Date): Promise<void> {
  await em.execute(
    'update stripe_accounts set events_read_until = ? where id = 1 and (events_read_until is null or events_read_until < ?)',
    [until, until],
  );
}

async function unknownEvents(em: EntityManager, page: readonly ListedEvent[]): Promise<ListedEvent[]> {
  const ids = page.map(({ id }) => id);
  const known = await em.fork().find(InboxEvent, { id: { $in: ids } }, { fields: ['id'] });
  const knownIds = new Set(known.map(({ id }) => id));
  return page.filter(({ id }) => !knownIds.has(id));
}
