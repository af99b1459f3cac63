/** Whether goods of a paid order may leave the shop. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { DomainError } from '../../platform/kernel/domain-error.js';
import type { OrderState } from './order.entity.js';
import type { OrderLine } from './order-line.entity.js';
import { DisputeStatus, RefundStatus } from './refund-and-dispute-status.js';

/** What staff have seen, and go on all the same. */
export interface HandoverConsent {
  despiteRefund?: boolean | null | undefined;
  despiteDispute?: boolean | null | undefined;
}

/** Knows what goes back. Implemented in `refunds`, which build on what is handed over. */
export interface ReturnedMoney {
  /** Whether the whole payment of an order has gone back to the buyer, is on its way, or is owed to them. */
  isAllReturned(em: EntityManager, orderId: string): Promise<boolean>;
}

export class HandoverRules {
  constructor(private readonly money: ReturnedMoney) {}

  /**
   * Part of the transaction that has locked the order.
   *
   * @param lines those that are to leave
   * @throws DomainError `ORDER_REFUNDED` when their money goes back; `ORDER_DISPUTED` when the bank has it
   */
  async check(
    em: EntityManager,
    order: OrderState,
    lines: readonly OrderLine[],
    consent: HandoverConsent,
  ): Promise<void> {
    if (!consent.despiteRefund && (await this.isRefunded(em, order, lines))) {
      throw new DomainError('ORDER_REFUNDED', 'The money goes back to the buyer: nothing is to leave the shop.', {
        fields: { despiteRefund: 'has to be true for goods whose money goes back' },
        orderId: order.id,
      });
    }
    if (!consent.despiteDispute && isDoubtful(order)) {
      const message = 'The payment is disputed, or may be a fraud: the goods may never be paid.';
      throw new DomainError('ORDER_DISPUTED', message, {
        fields: { despiteDispute: 'has to be true for goods whose payment is disputed, or may be a fraud' },
        orderId: order.id,
      });
    }
  }

  /** Also before Stripe has made the refund: a transfer to a bank takes days, and one that fails is owed all the same. */
  private async isRefunded(em: EntityManager, order: OrderState, lines: readonly OrderLine[]): Promise<boolean> {
    const { id, refundStatus } = order;
    if (refundStatus === RefundStatus.FULL || lines.some(isPaidBack)) return true;
    return refundStatus !== RefundStatus.NONE && this.money.isAllReturned(em, id);
  }
}

function isPaidBack({ amountMinor, refundedMinor }: OrderLine): boolean {
  return amountMinor > 0 && refundedMinor >= amountMinor;
}

/** An early warning of fraud comes before the dispute. */
function isDoubtful({ disputeStatus, fraudWarnedAt }: OrderState): boolean {
  return disputeStatus === DisputeStatus.OPEN || disputeStatus === DisputeStatus.LOST || fraudWarnedAt != null;
}
