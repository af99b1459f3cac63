/** Deposits as staff handle them: what was damaged is captured, the rest is released. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../../platform/auth/viewer.js';
import { batched } from '../../platform/database/batched.js';
import { inTransaction } from '../../platform/database/transaction.js';
import type { JobRequests } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { isUuid } from '../../platform/kernel/identifier.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { formatMoney, smallestStepMinor } from '../../platform/kernel/money.js';
import { rejectOtherRequest, requestFingerprint } from '../../platform/kernel/request-fingerprint.js';
import { CallContext } from '../../stripe/call-context.js';
import { PaymentProviderError } from '../../stripe/payment-gateway.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import { paymentsSuspended } from '../payments/payments-suspended.js';
import {
  type CaptureReason,
  CaptureState,
  Deposit,
  DepositCapture,
  DepositHold,
  DepositHoldState,
} from './deposit.entity.js';
import type { DepositHoldsService } from './deposit-holds.service.js';
import { currentHold, heldUntil } from './deposit-plan.js';
import { HOLD_DEPOSITS } from './deposit-schedule.service.js';
import type { LockedDeposit } from './locked-deposit.js';

/** Which deposit: its id is needed only where the rentals of an order start on several days. */
interface DepositOfOrder {
  orderId: string;
  depositId?: string | null | undefined;
}

export interface CaptureRequest extends DepositOfOrder {
  /** In minor units of the order's currency. */
  amount: number;
  reason: CaptureReason;
  note: string;
  idempotencyKey: string;
}

// A person waits.
const CALL_TIMEOUT_MS = 8_000;
// As the timeline's column.
const MAX_NOTE = 300;

export class DepositsService {
  constructor(
    private readonly holds: DepositHoldsService,
    private readonly jobs: JobRequests,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** The deposits of an order, by its id, the earliest first. */
  readonly depositsOf = batched<Deposit>(
    (em, orders) => em.find(Deposit, { order: { $in: [...orders] } }, { orderBy: { startDate: 'asc' } }),
    ({ order }) => order.id,
  );

  /** All that was held for a deposit, by its id. */
  readonly holdsOf = batched<DepositHold>(
    (em, deposits) => em.find(DepositHold, { deposit: { $in: [...deposits] } }, { orderBy: { number: 'asc' } }),
    ({ deposit }) => deposit.id,
  );

  /** What staff took, or tried to take, of a deposit, by its id; the latest last. */
  readonly capturesOf = batched<DepositCapture>(
    (em, deposits) =>
      em.find(
        DepositCapture,
        { deposit: { $in: [...deposits] } },
        { orderBy: { hold: { number: 'asc' }, createdAt: 'asc' }, populate: ['deposit'] },
      ),
    ({ deposit }) => deposit.id,
  );

  async findById(em: EntityManager, id: string): Promise<Deposit | null> {
    return em.findOne(Deposit, { id });
  }

  /**
   * Takes a part of what is held, or all of it; the rest is released. The same key finds what it took.
   *
   * @returns the deposit; its capture stays `REQUESTED` while Stripe does not respond: a job goes on
   * @throws DomainError `NOT_FOUND`, `BAD_USER_INPUT`, `IDEMPOTENCY_CONFLICT`, `DEPOSIT_NOT_HELD`,
   *   `CAPTURE_EXCEEDS_DEPOSIT`, or `DEPOSIT_ALREADY_CAPTURED`; nothing is taken then
   */
  async capture(em: EntityManager, viewer: Viewer, request: CaptureRequest): Promise<Deposit> {
    const { id } = await depositOf(em, request);
    const isNew = await inTransaction(em, (transaction) => this.claim(transaction, viewer, id, request));
    // Where it is being captured already, this is the same step again.
    if (isNew) await this.tryDriving(em, id);
    return em.fork().findOneOrFail(Deposit, { id });
  }

  /**
   * Ends a deposit: what is held is released, and its link leads nowhere. One that is released stays so.
   *
   * @throws DomainError `NOT_FOUND`, `DEPOSIT_ALREADY_CAPTURED`, `PAYMENT_PROVIDER_UNAVAILABLE` when it could not be
   *   completed: the request is stored, and a job goes on
   */
  async release(em: EntityManager, viewer: Viewer, request: DepositOfOrder & { note: string }): Promise<Deposit> {
    const { id } = await depositOf(em, request);
    await inTransaction(em, async (transaction) => {
      const { deposit, capture, facts } = await this.holds.lock(transaction, id);
      rejectCaptured(capture, facts.holds);
      if (deposit.isSettled() || deposit.releaseRequestedAt) return;
      deposit.requestRelease(facts.now, actorOf(viewer), request.note);
      await this.jobs.request(transaction, HOLD_DEPOSITS);
    });
    await this.driveForPerson(em, id);
    return em.fork().findOneOrFail(Deposit, { id });
  }

  private async claim(em: EntityManager, viewer: Viewer, id: string, request: CaptureRequest): Promise<boolean> {
    const { amount, reason, note, idempotencyKey } = request;
    const fingerprint = requestFingerprint([amount, reason, note]);
    const locked = await this.holds.lock(em, id);
    const known = await em.findOne(DepositCapture, { deposit: id, idempotencyKey });
    if (known !== null) {
      rejectOtherRequest(known, fingerprint);
      return known.state === CaptureState.REQUESTED;
    }
    const hold = holdToCapture(locked, amount);
    const { order, deposit, facts } = locked;
    const requestedBy = actorOf(viewer);
    em.create(DepositCapture, {
      ...{ id: randomUUID(), deposit, hold, amountMinor: amount, reason, note, requestedBy },
      ...{ idempotencyKey, requestFingerprint: fingerprint, createdAt: facts.now },
    });
    deposit.nextLookAt = facts.now;
    const words = `${formatMoney({ amount, currency: deposit.currency }, 'en')}, ${reason}: ${note}`.slice(0, MAX_NOTE);
    const entry = { at: facts.now, cause: OrderEventCause.DEPOSIT_CAPTURE_REQUESTED, actor: requestedBy };
    order.addTimelineEntry({ ...entry, note: words });
    await this.jobs.request(em, HOLD_DEPOSITS);
    return true;
  }

  private async tryDriving(em: EntityManager, id: string): Promise<void> {
    try {
      await this.holds.drive(em, id, CallContext.forPerson(CALL_TIMEOUT_MS, this.clock));
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.warn({ depositId: id, kind: error.kind }, 'A deposit could not be captured yet');
    }
  }

  private async driveForPerson(em: EntityManager, id: string): Promise<void> {
    try {
      await this.holds.drive(em, id, CallContext.forPerson(CALL_TIMEOUT_MS, this.clock));
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      if (error.kind === 'suspended') throw paymentsSuspended();
      const message = 'Stripe does not respond. The deposit is released within minutes after it does.';
      throw new DomainError('PAYMENT_PROVIDER_UNAVAILABLE', message);
    }
  }
}

/** @throws DomainError `NOT_FOUND`, or `BAD_USER_INPUT` where it is not clear which deposit is meant */
async function depositOf(em: EntityManager, { orderId, depositId }: DepositOfOrder): Promise<Deposit> {
  const deposits = isUuid(orderId) ? await em.fork().find(Deposit, { order: orderId }) : [];
  if (deposits.length === 0) {
    throw DomainError.ofFields('NOT_FOUND', { orderId: 'is not the id of an order with a deposit' });
  }
  const [deposit, ...others] = depositId == null ? deposits : deposits.filter(({ id }) => id === depositId);
  if (!deposit) throw DomainError.ofFields('NOT_FOUND', { depositId: 'is not the id of a deposit of this order' });
  if (others.length > 0) throw DomainError.badInput('depositId', 'has to name one of the deposits of this order');
  return deposit;
}

/** @throws DomainError as `DepositsService.capture` */
function holdToCapture({ deposit, capture, facts }: LockedDeposit, amount: number): DepositHold {
  const { currency } = deposit;
  rejectCaptured(capture, facts.holds);
  const hold = currentHold(facts.holds);
  if (!hold || facts.releaseRequested || heldUntil(hold) <= facts.now) {
    throw new DomainError('DEPOSIT_NOT_HELD', 'Nothing is held of this deposit: charge a fee instead.', {
      fields: { orderId: 'is an order of whose deposit nothing is held' },
    });
  }
  const step = smallestStepMinor(currency);
  if (amount % step !== 0) throw DomainError.badInput('amount', `must be a multiple of ${step} in ${currency}`);
  if (amount > hold.amountMinor) {
    const held = { amount: hold.amountMinor, currency };
    throw new DomainError('CAPTURE_EXCEEDS_DEPOSIT', `Only ${formatMoney(held, 'en')} are held.`, {
      fields: { amount: `is more than the ${hold.amountMinor} that are held` },
      held,
    });
  }
  return hold;
}

function rejectCaptured(capture: DepositCapture | null, holds: readonly DepositHold[]): void {
  const isTaken = holds.some(({ state }) => state === DepositHoldState.CAPTURED);
  const isClaimed = capture !== null && capture.state !== CaptureState.FAILED;
  if (!isTaken && !isClaimed) return;
  throw new DomainError('DEPOSIT_ALREADY_CAPTURED', 'The deposit is captured already: refundOrder gives money back.', {
    fields: { orderId: 'is an order whose deposit is captured already' },
  });
}
