/** Retries stored events that are unmatched, failed, or have another version of Stripe's API. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { processBacklog } from '../../platform/jobs/backlog.js';
import type { Job, JobRun } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import { type PaymentGateway, PaymentProviderError } from '../../stripe/payment-gateway.js';
import { type InboxService, RETRY_EVENTS } from './inbox.service.js';
import { InboxState } from './inbox-event.entity.js';

const CALL_TIMEOUT_MS = 8_000;
// Handlers work in the database, whose connections requests need as well.
const CONCURRENCY = 4;

interface DueEvent {
  id: string;
  type: string;
  state: InboxState;
}

export class RetryEventsJob implements Job {
  readonly name = RETRY_EVENTS;
  readonly schedule = '* * * * *';

  constructor(
    private readonly inbox: InboxService,
    private readonly gateway: PaymentGateway,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager, run: JobRun) {
    return processBacklog<DueEvent>(em, run, {
      concurrency: CONCURRENCY,
      findDue: (fork, limit) => this.findDue(fork, limit),
      work: (fork, event) =>
        event.state === InboxState.RECEIVED ? this.readInOurVersion(fork, event) : this.inbox.retry(fork, event),
    });
  }

  /** Those that have to be read from Stripe come last: the others are done in the time that one of them takes. */
  private async findDue(em: EntityManager, limit: number): Promise<DueEvent[]> {
    return em.execute(
      `select id, type, state from inbox_events where next_attempt_at <= ?
       order by state = 'RECEIVED', attempts, next_attempt_at limit ?`,
      [this.clock.now(), limit],
    );
  }

  /** Reads the object of the event: the event itself stays in its version. */
  private async readInOurVersion(em: EntityManager, event: DueEvent): Promise<void> {
    if (!(await this.inbox.claimUnread(em, event.id))) return;
    try {
      const { object, id } = await this.inbox.objectOf(em, event.id);
      const read = await this.gateway.retrieveObject(object, id, CallContext.forJob(CALL_TIMEOUT_MS, this.clock));
      // Stripe has sent an event about it: nothing follows from its absence, so it is retried.
      if (read === null) throw new Error(`Stripe does not know the ${object} ${id} that its event is about.`);
      await this.inbox.applyRead(em, event.id, read);
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) return this.inbox.recordFailure(em, event, error);
      this.logger.warn({ eventId: event.id, kind: error.kind }, 'The object of an event could not be read from Stripe');
      await this.inbox.postponeUnread(em, event.id);
    }
  }
}
