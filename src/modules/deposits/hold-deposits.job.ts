/** Holds deposits before units leave, renews them while they are out, and releases them once they are back. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { lockRow } from '../../platform/database/lock-row.js';
import { inTransaction } from '../../platform/database/transaction.js';
import { processBacklog } from '../../platform/jobs/backlog.js';
import type { Job, JobRun } from '../../platform/jobs/job.js';
import { calendarDateAt } from '../../platform/kernel/calendar-date.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import { PaymentProviderError } from '../../stripe/payment-gateway.js';
import { Order } from '../orders/order.entity.js';
import { findRentalsOutOrToCome } from '../orders/order-lines.repository.js';
import { findPaidOrdersWithCard } from '../orders/orders.repository.js';
import type { PaidOrderListener } from '../payments/payments.service.js';
import type { ShopConfig } from '../shop/shop-config.js';
import type { DepositHoldsService } from './deposit-holds.service.js';
import { HOLD_DEPOSITS } from './deposit-schedule.service.js';
import { findDepositsToLookAt, findLiveDeposits, findOrdersWithDeposits } from './deposits.repository.js';

const CALL_TIMEOUT_MS = 20_000;
// A session is paid within a day, and a deployment takes minutes.
const LOOK_BACK_MS = 2 * 86_400_000;

export class HoldDepositsJob implements Job {
  readonly name = HOLD_DEPOSITS;
  // What is urgent is requested.
  readonly schedule = '*/10 * * * *';

  constructor(
    private readonly holds: DepositHoldsService,
    private readonly paid: PaidOrderListener,
    private readonly shop: ShopConfig,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager, run: JobRun) {
    await this.addMissing(em);
    return processBacklog<{ id: string }>(em, run, {
      findDue: async (fork, limit) => [
        ...(await findDepositsToLookAt(fork, this.clock.now(), limit)),
        ...(await this.findDone(fork)),
      ],
      work: (fork, { id }) => this.drive(fork, id),
    });
  }

  /** A version that knows no deposits may have taken the payment, while both ran. */
  private async addMissing(em: EntityManager): Promise<void> {
    const since = new Date(this.clock.now().getTime() - LOOK_BACK_MS);
    const paid = await findPaidOrdersWithCard(em, since);
    const known = new Set(await findOrdersWithDeposits(em, paid));
    for (const orderId of paid.filter((id) => !known.has(id))) {
      await inTransaction(em, async (transaction) => {
        const order = await lockRow(transaction, Order, 'id', orderId);
        const isAdded = (await findOrdersWithDeposits(transaction, [orderId])).length > 0;
        if (order && !isAdded) await this.paid.orderPaid(transaction, order);
      });
    }
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
