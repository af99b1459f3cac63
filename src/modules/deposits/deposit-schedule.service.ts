/** Which deposits there are, when something is to be done about them, and whether units may leave. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { JobRequests } from '../../platform/jobs/job.js';
import { type CalendarDate, startOfDay } from '../../platform/kernel/calendar-date.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { CheckoutSnapshot } from '../../stripe/payment-gateway.js';
import { Order, type OrderState } from '../orders/order.entity.js';
import { OrderLine } from '../orders/order-line.entity.js';
import type { PurposeCheckouts } from '../payments/checkout-session.handler.js';
import { newPayToken } from '../payments/pay-token.js';
import type { HoldListener } from '../payments/payment-intent-canceled.handler.js';
import type { PaidOrderListener } from '../payments/payments.service.js';
import type { HeldDeposits } from '../rentals/rentals.service.js';
import type { ShopConfig } from '../shop/shop-config.js';
import { CaptureState, Deposit, DepositCapture, DepositHold, DepositState } from './deposit.entity.js';
import { chargeable, stateAt } from './deposit-plan.js';
import { lookAtDepositOf } from './deposits.repository.js';

export const HOLD_DEPOSITS = 'hold-deposits';

// The evening before: a buyer whose bank refuses it has time to do something.
const HELD_BEFORE_MS = 6 * 3_600_000;

export class DepositSchedule implements PaidOrderListener, HoldListener, PurposeCheckouts, HeldDeposits {
  constructor(
    private readonly jobs: JobRequests,
    private readonly shop: ShopConfig,
    private readonly clock: Clock,
  ) {}

  /** From when on the sum is to be held. */
  holdFrom(startDate: CalendarDate): Date {
    return new Date(startOfDay(startDate, this.shop.timeZone).getTime() - HELD_BEFORE_MS);
  }

  /** One deposit for the rentals that start on one day. */
  async orderPaid(em: EntityManager, order: OrderState): Promise<void> {
    const lines = await em.find(OrderLine, { order: order.id, depositMinor: { $gt: 0 } });
    const now = this.clock.now();
    for (const [startDate, ofDay] of Map.groupBy(lines, (line) => line.startDate ?? '')) {
      const agreedMinor = ofDay.reduce((sum, { depositMinor, quantity }) => sum + (depositMinor ?? 0) * quantity, 0);
      const amountMinor = chargeable(agreedMinor, order.currency);
      // Stripe could not hold it.
      if (amountMinor === null) continue;
      const nextLookAt = this.holdFrom(startDate);
      em.create(Deposit, {
        ...{ id: randomUUID(), order: em.getReference(Order, order.id), startDate },
        ...{ amountMinor, currency: order.currency, token: newPayToken(), createdAt: now, nextLookAt },
      });
      if (nextLookAt <= now) await this.jobs.request(em, HOLD_DEPOSITS);
    }
  }

  async holdChanged(em: EntityManager, hold: { paymentIntentId: string; rowId: string | null }): Promise<void> {
    if (await lookAtDepositOf(em, hold, this.clock.now())) await this.jobs.request(em, HOLD_DEPOSITS);
  }

  /** A session says nothing of the sum that it holds: a job reads it. */
  async applyCheckout(em: EntityManager, order: OrderState, checkout: CheckoutSnapshot): Promise<void> {
    const { rowId, sessionId, paid } = checkout;
    const hold = rowId === null ? null : await em.findOne(DepositHold, { id: rowId }, { populate: ['deposit'] });
    if (hold?.deposit.order.id !== order.id) {
      // Sessions are stored before Stripe is called. The event waits for a person, and the money with it.
      if (paid) throw new Error(`Session ${sessionId} holds a deposit that its order does not have.`);
      return;
    }
    if (hold.deposit.isSettled() && !hold.isLive()) return;
    hold.deposit.nextLookAt = this.clock.now();
    hold.deposit.news += 1;
    await this.jobs.request(em, HOLD_DEPOSITS);
  }

  /** True also where there is no deposit. */
  async isHeld(em: EntityManager, orderId: string, startDate: CalendarDate): Promise<boolean> {
    const deposit = await em.findOne(Deposit, { order: orderId, startDate });
    if (deposit === null) return true;
    if (deposit.releaseRequestedAt || stateAt(deposit, this.clock.now()) !== DepositState.AUTHORIZED) return false;
    // Once a part of it is taken, nothing is left for the units that stay.
    return (await em.count(DepositCapture, { deposit, state: { $ne: CaptureState.FAILED } })) === 0;
  }
}
