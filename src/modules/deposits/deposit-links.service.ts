/** The link of a deposit that the bank refuses without the buyer: they have the sum held on a page of Stripe's. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../../platform/database/transaction.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import { type CheckoutSnapshot, type PaymentGateway, PaymentProviderError } from '../../stripe/payment-gateway.js';
import type { Order } from '../orders/order.entity.js';
import type { LinkOutcome, PayLinks } from '../payments/pay.route.js';
import { Deposit, DepositHold, DepositHoldState, DepositState, HoldKind } from './deposit.entity.js';
import type { DepositHoldsService } from './deposit-holds.service.js';
import { chargeable, isRefused, stateOf } from './deposit-plan.js';
import { describe, type LockedDeposit } from './locked-deposit.js';

// A person waits.
const CALL_TIMEOUT_MS = 8_000;
// Stripe ends a session at the earliest half an hour after it was made, by its own clock.
const SESSION_MS = 60 * 60_000;

export class DepositLinksService implements PayLinks {
  constructor(
    private readonly holds: DepositHoldsService,
    private readonly gateway: PaymentGateway,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async open(em: EntityManager, token: string, address: string): Promise<LinkOutcome> {
    const deposit = await em.fork().findOne(Deposit, { token });
    if (deposit === null) return { kind: 'unknown' };
    const call = CallContext.forPerson(CALL_TIMEOUT_MS, this.clock);
    try {
      // The buyer may come back from a page on which they have just agreed.
      if (!deposit.isSettled()) await this.holds.drive(em, deposit.id, call);
      const way = await inTransaction(em, (transaction) => this.wayFor(transaction, deposit.id, address));
      if (!(way instanceof DepositHold)) return way;
      await failPoint('deposit: session stored');
      return way.url == null ? await this.create(em, way, call) : { kind: 'redirect', url: way.url };
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.warn({ depositId: deposit.id, kind: error.kind }, 'The session of a deposit could not be opened');
      return { kind: 'unavailable' };
    }
  }

  /** The session to be sent to, stored before Stripe is asked for it. */
  private async wayFor(em: EntityManager, depositId: string, address: string): Promise<DepositHold | LinkOutcome> {
    const locked = await this.holds.lock(em, depositId);
    const { deposit, facts, capture } = locked;
    const { holds, wantedMinor, now } = facts;
    const amountMinor = chargeable(wantedMinor, deposit.currency);
    const isOver = deposit.isSettled() || facts.releaseRequested || capture?.state === 'REQUESTED';
    if (isOver || amountMinor === null) return { kind: 'waived' };
    const open = holds.find(({ state }) => state === DepositHoldState.SENT || state === DepositHoldState.OPEN);
    if (open) return open.kind === HoldKind.SESSION && !open.endRequestedAt ? open : { kind: 'unavailable' };
    // Else it is held on the saved card, now or in time.
    if (!isRefused(holds)) return { kind: stateOf(facts) === DepositState.AUTHORIZED ? 'held' : 'waived' };
    const session = { id: randomUUID(), expiresAt: new Date(now.getTime() + SESSION_MS) };
    const request = this.requestOf(locked, { ...session, amountMinor, address });
    deposit.nextLookAt = session.expiresAt;
    return em.create(DepositHold, {
      ...{ ...session, deposit, number: holds.length + 1, kind: HoldKind.SESSION },
      ...{ amountMinor, request, createdAt: now },
    });
  }

  private requestOf(
    { order, deposit }: LockedDeposit,
    { id, expiresAt, amountMinor, address }: { id: string; expiresAt: Date; amountMinor: number; address: string },
  ) {
    return this.gateway.buildCheckoutRequest({
      ...order.stripeMetadata(),
      ...{ purpose: 'deposit', rowId: id, currency: deposit.currency, customerEmail: order.customer.email, expiresAt },
      lines: [{ name: nameOf(order), description: null, quantity: 1, rateMinor: amountMinor }],
      ...{ successUrl: address, cancelUrl: address },
      excludeDelayedMethods: true,
      card: 'hold',
    });
  }

  private async create(em: EntityManager, { id, request, deposit }: DepositHold, call: CallContext) {
    const made = await this.gateway.createCheckout(request, `comptoir-deposit-${id}`, call).catch(nullWhenRejected);
    await failPoint('deposit: Stripe answered');
    return inTransaction(em, (transaction) => this.store(transaction, { holdId: id, depositId: deposit.id }, made));
  }

  private async store(
    em: EntityManager,
    { holdId, depositId }: { holdId: string; depositId: string },
    made: CheckoutSnapshot | null,
  ): Promise<LinkOutcome> {
    const locked = await this.holds.lock(em, depositId);
    const hold = await em.findOneOrFail(DepositHold, { id: holdId });
    if (made === null || made.url === null) {
      if (hold.state === DepositHoldState.SENT) hold.moveTo(DepositHoldState.NOT_MADE);
      describe(locked);
      this.logger.error({ depositId }, 'Stripe rejected the session of a deposit');
      return { kind: 'rejected' };
    }
    // It was ended meanwhile: nobody is to complete it.
    if (!hold.isLive() || hold.endRequestedAt) return { kind: 'unavailable' };
    Object.assign(hold, { sessionId: made.sessionId, url: made.url });
    if (hold.state === DepositHoldState.SENT) hold.moveTo(DepositHoldState.OPEN);
    describe(locked);
    return { kind: 'redirect', url: made.url };
  }
}

/** On the payment page, in French and English. */
function nameOf({ number }: Order): string {
  const name = 'Caution – deposit';
  return number == null ? name : `${name} (${number})`;
}

function nullWhenRejected(error: unknown): null {
  if (error instanceof PaymentProviderError && error.kind === 'rejected') return null;
  throw error;
}
