/**
 * Charges the cards of fees that could not be charged at once, finds out what became of sessions of fees whose time is
 * over, and ends what could pay fees that are to be waived.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { processBacklog } from '../../platform/jobs/backlog.js';
import type { Job, JobRun } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import { PaymentProviderError } from '../../stripe/payment-gateway.js';
import type { FeeLinksService } from './fee-links.service.js';
import { claimFee, findFeesToLookAt } from './fees.repository.js';

const CALL_TIMEOUT_MS = 8_000;
const PAUSE_MS = 60_000;

export class SettleFeesJob implements Job {
  readonly name = 'settle-fees';
  // Nobody waits for it: those who charge a card, or open the link of a fee, have Stripe asked at once.
  readonly schedule = '*/10 * * * *';

  constructor(
    private readonly links: FeeLinksService,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager, run: JobRun) {
    return processBacklog<{ id: string }>(em, run, {
      findDue: (fork, limit) => findFeesToLookAt(fork, this.clock.now(), limit),
      work: (fork, { id }) => this.settle(fork, id),
    });
  }

  private async settle(em: EntityManager, feeId: string): Promise<void> {
    const now = this.clock.now();
    if (!(await claimFee(em, feeId, now, new Date(now.getTime() + PAUSE_MS)))) return;
    try {
      await this.links.end(em, feeId, CallContext.forJob(CALL_TIMEOUT_MS, this.clock));
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.warn({ feeId, kind: error.kind }, 'What became of a fee could not be found out');
    }
  }
}
