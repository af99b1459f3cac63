/** Holds, renews, captures and releases deposits: asks Stripe for one step after another, each stored beforehand. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../../platform/database/transaction.js';
import { calendarDateAt } from '../../platform/kernel/calendar-date.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import type { Logger } from '../../platform/kernel/logger.js';
import type { CallContext } from '../../stripe/call-context.js';
import { type PaymentGateway, PaymentProviderError } from '../../stripe/payment-gateway.js';
import { findRentalsOfLines } from '../inventory/bookings.repository.js';
import { OrderLine } from '../orders/order-line.entity.js';
import type { PaymentsService } from '../payments/payments.service.js';
import type { ShopConfig } from '../shop/shop-config.js';
import { Deposit, DepositCapture, DepositHold, DepositHoldState, HoldKind } from './deposit.entity.js';
import { applyAnswer } from './deposit-answers.js';
import { type Answer, type AskingStep, DepositCalls } from './deposit-calls.js';
import { chargeable, type DepositFacts, nextStep } from './deposit-plan.js';
import type { DepositSchedule } from './deposit-schedule.service.js';
import { conclude, type LockedDeposit } from './locked-deposit.js';

// A renewal with a page to be closed takes six.
const MAX_STEPS = 12;
// What was cut off is taken up again.
const PAUSE_MS = 60_000;

/** What Stripe was asked of, since it last reported something. */
interface Seen {
  looked: Set<string>;
  news: number;
}

export class DepositHoldsService {
  private readonly calls: DepositCalls;

  constructor(
    private readonly payments: PaymentsService,
    private readonly schedule: DepositSchedule,
    private readonly gateway: PaymentGateway,
    private readonly shop: ShopConfig,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.calls = new DepositCalls(gateway, clock);
  }

  /**
   * Does all that is to be done now. Safe in any number of processes at once.
   *
   * @throws PaymentProviderError when Stripe does not respond: it goes on where it stopped
   */
  async drive(em: EntityManager, depositId: string, call: CallContext): Promise<void> {
    const seen = { looked: new Set<string>(), news: 0 };
    for (let steps = 0; steps < MAX_STEPS; steps += 1) {
      const next = await inTransaction(em, (transaction) => this.prepare(transaction, depositId, seen));
      if (next === null) return;
      await failPoint('deposit: step stored');
      const answer = await this.calls.send(next.step, next.order, next.capture, call);
      await failPoint('deposit: Stripe answered');
      // The answer to a request may be an old one, repeated: what was sent is looked at once more.
      if (next.step.kind !== 'hold' && next.step.kind !== 'send') seen.looked.add(next.step.hold.id);
      await inTransaction(em, (transaction) => this.apply(transaction, depositId, next.step, answer));
      if (answer.kind === 'doubt')
        throw new PaymentProviderError('unavailable', 'Stripe may have made the hold.', null);
    }
    this.logger.warn({ depositId }, 'A deposit took more steps than it should: a job goes on');
  }

  /** The deposit as it stands, its order locked. Part of the caller's transaction. */
  async lock(em: EntityManager, depositId: string, looked: ReadonlySet<string> = new Set()): Promise<LockedDeposit> {
    const { order: unlocked } = await em.findOneOrFail(Deposit, { id: depositId });
    const order = await this.payments.lockOrderOf(em, { orderId: unlocked.id });
    if (order === null) throw new Error(`Deposit ${depositId} has no order.`);
    const fresh = { refresh: true, orderBy: { number: 'asc' } } as const;
    const deposit = await em.findOneOrFail(Deposit, { id: depositId }, { refresh: true });
    const holds = await em.find(DepositHold, { deposit: depositId }, fresh);
    // Each is of a hold of its own, which are numbered: the clocks of two processes differ.
    const [capture = null] = await em.find(
      DepositCapture,
      { deposit: depositId },
      { refresh: true, orderBy: { hold: { number: 'desc' }, createdAt: 'desc' }, limit: 1 },
    );
    const facts: DepositFacts<DepositHold> = {
      now: this.clock.now(),
      holds,
      capture: capture && { holdId: capture.hold.id, state: capture.state },
      ...(await this.goodsOf(em, deposit)),
      holdFrom: this.schedule.holdFrom(deposit.startDate),
      releaseRequested: deposit.releaseRequestedAt != null,
      looked,
    };
    return { order, deposit, capture, facts };
  }

  /** Stores what follows from the facts alone. @returns the next step that asks Stripe; null when there is none now */
  private async prepare(em: EntityManager, depositId: string, seen: Seen) {
    const locked = await this.lock(em, depositId, seen.looked);
    const { order, deposit, capture, facts } = locked;
    if (deposit.news !== seen.news) seen.looked.clear();
    seen.news = deposit.news;
    if (deposit.isSettled() && !facts.holds.some((hold) => hold.isLive())) return null;
    const step = nextStep(facts);
    if (step.kind === 'wait' || step.kind === 'settle') {
      conclude(locked, step);
      return null;
    }
    if (step.kind === 'end') step.hold.endRequestedAt ??= facts.now;
    deposit.nextLookAt = new Date(facts.now.getTime() + PAUSE_MS);
    return { step, order, capture };
  }

  private async apply(em: EntityManager, depositId: string, step: AskingStep, answer: Answer): Promise<void> {
    const locked = await this.lock(em, depositId);
    if (answer.kind === 'card') return this.ask(em, locked, answer);
    if (step.kind === 'hold') throw new Error('A card was expected.');
    const hold = await em.findOneOrFail(DepositHold, { id: step.hold.id });
    await applyAnswer({ em, payments: this.payments, logger: this.logger }, locked, hold, answer);
  }

  /** Stores the request for a hold on the saved card, unless something else was faster. */
  private async ask(em: EntityManager, { order, deposit, facts }: LockedDeposit, { card }: Answer & { kind: 'card' }) {
    const seen = new Set(facts.holds.map(({ id }) => id));
    const step = nextStep({ ...facts, looked: seen });
    const amountMinor = step.kind === 'hold' ? chargeable(step.amountMinor, deposit.currency) : null;
    if (amountMinor === null) return;
    const id = randomUUID();
    const number = facts.holds.length + 1;
    const hold = { id, deposit, number, kind: HoldKind.SAVED_CARD, amountMinor, createdAt: facts.now };
    if (card === null) {
      em.create(DepositHold, { ...hold, state: DepositHoldState.REFUSED, refusal: 'no_saved_card', request: {} });
      return;
    }
    const { currency } = deposit;
    const request = this.gateway.cards.buildRequest({
      ...order.stripeMetadata(),
      ...{ purpose: 'deposit', rowId: id, amountMinor, currency, card, hold: true },
    });
    em.create(DepositHold, { ...hold, request, customerId: card.customerId });
  }

  /** What is booked or out of the rentals that start on that day. */
  private async goodsOf(em: EntityManager, { order, startDate, currency }: Deposit) {
    const lines = await em.find(OrderLine, { order: order.id, startDate, depositMinor: { $gt: 0 } });
    const deposits = new Map(lines.map(({ id, depositMinor }) => [id, depositMinor ?? 0]));
    const rentals = await findRentalsOfLines(em, [...deposits.keys()]);
    const today = calendarDateAt(this.clock.now(), this.shop.timeZone);
    const wanted = rentals.filter(
      ({ pickedUpAt, returnedAt, returnDate }) => returnedAt === null && (pickedUpAt !== null || returnDate >= today),
    );
    const returns = rentals.flatMap(({ returnedAt }) => (returnedAt === null ? [] : new Date(returnedAt).getTime()));
    const sumMinor = wanted.reduce((sum, { orderLineId }) => sum + (deposits.get(orderLineId) ?? 0), 0);
    return {
      // Less than Stripe can hold is as good as none.
      wantedMinor: chargeable(sumMinor, currency) === null ? 0 : sumMinor,
      lastReturnAt: returns.length === 0 ? null : new Date(Math.max(...returns)),
    };
  }
}
