/** Fees that staff charge beside an order: for late returns, damage, cleaning and the like. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../../platform/auth/viewer.js';
import { batched } from '../../platform/database/batched.js';
import { lockRow } from '../../platform/database/lock-row.js';
import { inTransaction } from '../../platform/database/transaction.js';
import { maxChargeMinor, minChargeMinor } from '../../platform/kernel/charge-limits.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import { isUuid, parseCatalogueId } from '../../platform/kernel/identifier.js';
import { formatMoney, smallestStepMinor } from '../../platform/kernel/money.js';
import { rejectOtherRequest, requestFingerprint } from '../../platform/kernel/request-fingerprint.js';
import type { SavedCard } from '../../stripe/card-payments.js';
import { findRentalsOfLines } from '../inventory/bookings.repository.js';
import { Order } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import { OrderLine } from '../orders/order-line.entity.js';
import { OrderStatus } from '../orders/order-status.js';
import { newPayToken } from '../payments/pay-token.js';
import { Fee, FeeKind, FeeState } from './fee.entity.js';
import type { FeeCardChargesService } from './fee-card-charges.service.js';
import { FeeChargeTo } from './fee-charge-to.js';
import type { FeeLinksService } from './fee-links.service.js';

export interface FeeRequest {
  orderId: string;
  kind: FeeKind;
  /** In minor units of the order's currency. */
  amount: number;
  note: string;
  /** The unit that came back late; of `LATE` only. */
  unitId?: string | null | undefined;
  /** The saved card where there is one, else the link, unless given. */
  chargeTo?: FeeChargeTo | null | undefined;
  idempotencyKey: string;
}

/** The unit of a late fee, with the line of its rental. */
interface LateUnit {
  line: OrderLine | null;
  unitId: number | null;
}

const NO_UNIT: LateUnit = { line: null, unitId: null };

export class FeesService {
  constructor(
    private readonly links: FeeLinksService,
    private readonly cards: FeeCardChargesService,
    private readonly clock: Clock,
  ) {}

  /** The fees of an order, by its id, the earliest first. */
  readonly feesOf = batched<Fee>(
    (em, orders) => em.find(Fee, { order: { $in: [...orders] } }, { orderBy: { createdAt: 'asc', id: 'asc' } }),
    ({ order }) => order.id,
  );

  async findById(em: EntityManager, id: string): Promise<Fee | null> {
    return em.findOne(Fee, { id });
  }

  /**
   * Charges a fee to the saved card, else the buyer pays it by its link. The same key finds what it charged.
   *
   * @throws DomainError `NOT_FOUND`, `BAD_USER_INPUT`, `IDEMPOTENCY_CONFLICT`, `NO_SAVED_CARD` where only that will do,
   *   `FEE_ALREADY_CHARGED` for a unit whose late return is charged, or `PAYMENT_PROVIDER_UNAVAILABLE` where it is not
   *   known which card there is; nothing is charged then
   */
  async chargeFee(em: EntityManager, viewer: Viewer, request: FeeRequest): Promise<Fee> {
    const known = await knownFee(em.fork(), request);
    if (known !== null) return loadedFee(em, known);
    const card = await this.cardFor(em.fork(), request);
    let isNew = false;
    const fee = await inTransaction(em, async (transaction) => {
      const { orderId } = request;
      const order = isUuid(orderId) ? await lockRow(transaction, Order, 'id', orderId) : null;
      if (!order) throw DomainError.ofFields('NOT_FOUND', { orderId: 'is not the id of an order' });
      const other = await knownFee(transaction, request);
      isNew = other === null;
      const found = other ?? (await this.create(transaction, viewer, { order, card }, request));
      await failPoint('fee: before the charge is committed');
      return found;
    });
    // A repetition does not wait for Stripe.
    if (isNew && card !== null) await this.cards.chargeAtOnce(em, fee.id);
    return loadedFee(em, fee);
  }

  /**
   * Null where the fee is not charged to a card.
   *
   * @throws DomainError as `chargeFee`
   */
  private async cardFor(em: EntityManager, { orderId, amount, chargeTo }: FeeRequest): Promise<SavedCard | null> {
    const order = isUuid(orderId) ? await em.findOne(Order, { id: orderId }) : null;
    if (order === null || chargeTo === FeeChargeTo.LINK) return null;
    // Stripe is not asked about what cannot be charged anyway.
    checkChargeable(order, amount);
    const card = await this.cards.savedCard(order);
    if (card !== null || chargeTo !== FeeChargeTo.SAVED_CARD) return card;
    throw DomainError.ofFields('NO_SAVED_CARD', { chargeTo: 'no card is saved with the order' });
  }

  /** Part of the transaction that has locked the order. */
  private async create(
    em: EntityManager,
    viewer: Viewer,
    { order, card }: { order: Order; card: SavedCard | null },
    request: FeeRequest,
  ): Promise<Fee> {
    const { kind, amount, note, idempotencyKey } = request;
    checkChargeable(order, amount);
    const late = await lateUnit(em, order, request);
    const now = this.clock.now();
    const requestedBy = actorOf(viewer);
    const fee = em.create(Fee, {
      ...{ id: randomUUID(), order, kind, amountMinor: amount, currency: order.currency, note, ...late },
      ...{ token: newPayToken(), createdAt: now },
      ...{ requestedBy, idempotencyKey, requestFingerprint: fingerprintOf(request) },
    });
    if (card !== null) this.cards.store(em, order, fee, card);
    const words = `${formatMoney({ amount, currency: order.currency }, 'en')}, ${kind}: ${note}`;
    const entry = { at: now, cause: OrderEventCause.FEE_CHARGED, actor: requestedBy };
    order.addTimelineEntry({ ...entry, note: words.slice(0, MAX_NOTE) });
    return fee;
  }

  /**
   * Waives a fee that is not paid: its charge is settled, or its session expired, first, and a payment that was faster
   * goes back by itself. One that is waived stays so.
   *
   * @throws DomainError `NOT_FOUND`, `FEE_NOT_WAIVABLE` for one that is paid, `PAYMENT_PROVIDER_UNAVAILABLE` when it could
   *   not be completed: the request is stored, and a job goes on
   */
  async waiveFee(em: EntityManager, viewer: Viewer, feeId: string, note: string): Promise<Fee> {
    const fee = await inTransaction(em, async (transaction) => {
      const found = isUuid(feeId) ? await transaction.findOne(Fee, { id: feeId }) : null;
      if (!found) throw DomainError.ofFields('NOT_FOUND', { feeId: 'is not the id of a fee' });
      await lockRow(transaction, Order, 'id', found.order.id);
      const locked = await transaction.refreshOrFail(found);
      if (locked.state === FeeState.PAID) {
        throw new DomainError('FEE_NOT_WAIVABLE', 'The fee is paid: refundOrder sends the money back.', {
          fields: { feeId: 'is a fee that is paid' },
        });
      }
      if (!locked.waiveRequestedAt) locked.requestWaiver(this.clock.now(), actorOf(viewer), note);
      return locked;
    });
    if (fee.isOpen()) await this.links.endWays(em, fee.id);
    const waived = await em.refreshOrFail(fee);
    if (waived.state !== FeeState.DUE) return waived;
    throw new DomainError(
      'PAYMENT_PROVIDER_UNAVAILABLE',
      'It is not known yet whether the card was charged. The fee is waived within minutes; what was charged goes back.',
    );
  }
}

// As the timeline's column.
const MAX_NOTE = 300;

/** Requests from before fees were charged to cards said nothing of it. */
function fingerprintOf({ kind, amount, note, unitId = null, chargeTo }: FeeRequest): string {
  return requestFingerprint([kind, amount, note, unitId, ...(chargeTo == null ? [] : [chargeTo])]);
}

/** What the key of the request charged before. @throws DomainError `IDEMPOTENCY_CONFLICT` */
async function knownFee(em: EntityManager, request: FeeRequest): Promise<Fee | null> {
  const { orderId, idempotencyKey } = request;
  const known = isUuid(orderId) ? await em.findOne(Fee, { order: orderId, idempotencyKey }) : null;
  if (known !== null) rejectOtherRequest(known, fingerprintOf(request));
  return known;
}

/** As it is now, with its order. */
async function loadedFee(em: EntityManager, { id }: Fee): Promise<Fee> {
  return em.findOneOrFail(Fee, { id }, { populate: ['order'], refresh: true });
}

/** @throws DomainError `BAD_USER_INPUT` */
function checkChargeable(order: Order, amount: number): void {
  const { currency, status } = order;
  if (status !== OrderStatus.PAID) throw DomainError.badInput('orderId', `is an order that is ${status}`);
  if (order.anonymisedAt) throw DomainError.badInput('orderId', 'is an order whose customer is not known any more');
  const step = smallestStepMinor(currency);
  if (amount % step !== 0) throw DomainError.badInput('amount', `must be a multiple of ${step} in ${currency}`);
  const limits = [minChargeMinor(currency), maxChargeMinor(currency)] as const;
  if (amount >= limits[0] && amount <= limits[1]) return;
  const [least, most] = limits.map((limit) => formatMoney({ amount: limit, currency }, 'en'));
  throw DomainError.badInput('amount', `must be between ${least} and ${most}`);
}

/** @throws DomainError `NOT_FOUND`, `BAD_USER_INPUT` or `FEE_ALREADY_CHARGED` */
async function lateUnit(em: EntityManager, order: Order, { kind, unitId }: FeeRequest): Promise<LateUnit> {
  if (kind !== FeeKind.LATE) {
    if (unitId != null) throw DomainError.badInput('unitId', 'is of late fees only');
    return NO_UNIT;
  }
  if (unitId == null) throw DomainError.badInput('unitId', 'has to name the unit that came back late');
  const lines = await em.find(OrderLine, { order });
  const rentals = await findRentalsOfLines(
    em,
    lines.map(({ id }) => id),
  );
  const unit = parseCatalogueId(unitId);
  const taken = rentals.filter((rental) => rental.unitId === unit && rental.pickedUpAt !== null);
  // One unit may be rented twice by an order: the fee is for the days that ended last.
  const rental = taken.toSorted((one, other) => (one.returnDate < other.returnDate ? 1 : -1))[0];
  if (!rental) throw DomainError.ofFields('NOT_FOUND', { unitId: 'is not a unit that the buyer took with this order' });
  const line = lines.find(({ id }) => id === rental.orderLineId) ?? null;
  const standing = { line, unitId: rental.unitId, kind, state: { $ne: FeeState.WAIVED } };
  if ((await em.count(Fee, standing)) > 0) {
    throw new DomainError('FEE_ALREADY_CHARGED', 'The late return of this unit is charged already.', {
      fields: { unitId: 'is a unit whose late return is charged already' },
    });
  }
  return { line, unitId: rental.unitId };
}
