/** Holds deposits before units leave, renews them while they are out, and releases them once they are back. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { processBacklog } from '../../platform/jobs/backlog.js';
import type { Job, JobRun } from '../../platform/jobs/job.js';
import { calendarDateAt } from '../../platform/kernel/calendar-date.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import { PaymentProviderError } from '../../stripe/payment-gateway.js';
import { findRentalsOutOrToCome } from '../orders/order-lines.repository.js';
import type { ShopConfig } from '../shop/shop-config.js';
import type { DepositHoldsService } from './deposit-holds.service.js';
import { HOLD_DEPOSITS } from './deposit-schedule.service.js';
import { findDepositsToLookAt, findLiveDeposits } from './deposits.repository.js';

const CALL_TIMEOUT_MS = 20_000;

export class HoldDepositsJob implements Job {
  readonly name = HOLD_DEPOSITS;
  // What is urgent is requested.
  readonly schedule = '*/10 * * * *';

  constructor(
    private readonly holds: DepositHoldsService,
    private readonly shop: ShopConfig,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager, run: JobRun) {
    return processBacklog<{ id: string }>(em, run, {
      findDue: async (fork, limit) => [
        ...(await findDepositsToLookAt(fork, this.clock.now(), limit)),
        ...(await this.findDone(fork)),
      ],
      work: (fork, { id }) => this.drive(fork, id),
    });
  }

  /** Deposits whose units are all back, or free again: other modules free them, and do not know of deposits. */
  private async findDone(em: EntityManager): Promise<{ id: string }[]> {
    const live = await findLiveDeposits(em);
    const today = calendarDateAt(this.clock.now(), this.shop.timeZone);
    const orderIds = [...new Set(live.map(({ orderId }) => orderId))];
    const left = await findRentalsOutOrToCome(em, orderIds, today);
    const isLeft = new Set(left.map(({ orderId, startDate }) => `${orderId} ${startDate}`));
    return live.filter(({ orderId, startDate }) => !isLeft.has(`${orderId} ${startDate}`));
  }

  private async drive(em: EntityManager, depositId: string): Promise<void> {
    try {
      await this.holds.drive(em, depositId, CallContext.forJob(CALL_TIMEOUT_MS, this.clock));
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.warn({ depositId, kind: error.kind }, 'A deposit could not be looked after: it is tried again');
    }
  }
}
