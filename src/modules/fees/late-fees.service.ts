/** Late fees that staff may charge: computed from the days and the daily price, and never charged by themselves. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../../platform/auth/viewer.js';
import { batched } from '../../platform/database/batched.js';
import { lockRow } from '../../platform/database/lock-row.js';
import { inTransaction } from '../../platform/database/transaction.js';
import { addDays, calendarDateAt, daysBetween, startOfDay } from '../../platform/kernel/calendar-date.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { isUuid, parseCatalogueId } from '../../platform/kernel/identifier.js';
import { requestFingerprint } from '../../platform/kernel/request-fingerprint.js';
import type { Waiting } from '../../platform/kernel/waiting.js';
import { findLateReturns, type LateReturn } from '../inventory/bookings.repository.js';
import { Order } from '../orders/order.entity.js';
import { OrderLine } from '../orders/order-line.entity.js';
import { newPayToken } from '../payments/pay-token.js';
import type { ShopConfig } from '../shop/shop-config.js';
import { Fee, FeeKind, FeeState } from './fee.entity.js';
import { findLateFees } from './fees.repository.js';

/** What staff may charge for a unit that came back after its day. */
export interface LateFeeProposal {
  /** Of the booking. */
  id: string;
  orderId: string;
  lineId: string;
  unitId: number;
  days: number;
  /** The daily price for so many days. */
  amountMinor: number;
  currency: string;
  /** Since the unit is back. */
  since: Date;
  /** Then it is no longer proposed. */
  until: Date;
}

// What nobody has charged by then is not charged any more.
const PROPOSED_FOR_DAYS = 30;
// Of the key of a fee that was never charged, before the id of the booking.
const DISMISSED = 'dismissed: ';

export class LateFeesService {
  constructor(
    private readonly shop: ShopConfig,
    private readonly clock: Clock,
  ) {}

  private readonly byId = batched<LateFeeProposal>(
    async (em, ids) => (await this.proposals(em)).filter(({ id }) => ids.includes(id)),
    ({ id }) => id,
  );

  /** Null for one that is charged, dismissed, or no longer proposed. */
  async findById(em: EntityManager, id: string): Promise<LateFeeProposal | null> {
    const [proposal = null] = await this.byId(em, id);
    return proposal;
  }

  /** All of them, for the list of what waits. */
  async waiting(em: EntityManager): Promise<Waiting[]> {
    const proposals = await this.proposals(em);
    return proposals.map(({ id, orderId, since, until }) => ({ id, orderId, since, dueAt: until }));
  }

  /**
   * Staff charge nothing for a unit that came back late: stored as a fee that is waived. Once, however often they say so.
   *
   * @throws DomainError `NOT_FOUND`, or `BAD_USER_INPUT` for a unit whose late return is not proposed
   */
  async dismiss(
    em: EntityManager,
    viewer: Viewer,
    { orderId, unitId, note }: { orderId: string; unitId: string; note: string },
  ): Promise<Fee> {
    return inTransaction(em, async (transaction) => {
      const order = isUuid(orderId) ? await lockRow(transaction, Order, 'id', orderId) : null;
      if (!order) throw DomainError.ofFields('NOT_FOUND', { orderId: 'is not the id of an order' });
      const unit = parseCatalogueId(unitId);
      const dismissed = { order, unitId: unit, kind: FeeKind.LATE, state: FeeState.WAIVED };
      const known = await transaction.findOne(Fee, { ...dismissed, idempotencyKey: { $like: `${DISMISSED}%` } });
      if (known !== null) return known;
      const proposals = await this.proposals(transaction);
      const proposal = proposals.find((one) => one.orderId === order.id && one.unitId === unit);
      if (!proposal) throw DomainError.badInput('unitId', 'is not a unit for which a late fee is proposed');
      const now = this.clock.now();
      const actor = actorOf(viewer);
      const { id, lineId, amountMinor, currency } = proposal;
      const fee = transaction.create(Fee, {
        ...{ id: randomUUID(), order, kind: FeeKind.LATE, amountMinor, currency, note },
        ...{ line: transaction.getReference(OrderLine, lineId), unitId: proposal.unitId },
        ...{ token: newPayToken(), requestedBy: actor, createdAt: now },
        ...{ idempotencyKey: `${DISMISSED}${id}`, requestFingerprint: requestFingerprint([]) },
      });
      fee.requestWaiver(now, actor, note);
      fee.waive(now);
      return fee;
    });
  }

  private async proposals(em: EntityManager): Promise<LateFeeProposal[]> {
    const today = calendarDateAt(this.clock.now(), this.shop.timeZone);
    const returns = await findLateReturns(em, addDays(today, -PROPOSED_FOR_DAYS));
    if (returns.length === 0) return [];
    const lineIds = [...new Set(returns.map(({ orderLineId }) => orderLineId))];
    const lines = await em.find(OrderLine, { id: { $in: lineIds } }, { populate: ['order'] });
    const decided = new Set(await findLateFees(em, lineIds));
    return returns
      .filter(({ orderLineId, unitId }) => !decided.has(`${orderLineId} ${unitId}`))
      .flatMap((late) =>
        this.proposalOf(
          late,
          lines.find(({ id }) => id === late.orderLineId),
        ),
      );
  }

  private proposalOf(late: LateReturn, line: OrderLine | undefined): LateFeeProposal[] {
    const days = daysBetween(late.returnDate, late.returnedOn);
    const amountMinor = days * (line?.unitPriceMinor ?? 0);
    if (!line || amountMinor === 0 || line.order.anonymisedAt) return [];
    const { id: orderId, currency } = line.order;
    const dayAt = (date: string) => startOfDay(date, this.shop.timeZone);
    const times = { since: dayAt(late.returnedOn), until: dayAt(addDays(late.returnedOn, PROPOSED_FOR_DAYS + 1)) };
    const what = { lineId: line.id, unitId: late.unitId, days, amountMinor, currency };
    return [{ id: String(late.bookingId), orderId, ...what, ...times }];
  }
}
