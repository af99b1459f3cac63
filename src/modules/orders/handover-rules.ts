/** Whether goods of a paid order may leave the shop: pure functions of the order and its lines. */
import { DomainError } from '../../platform/kernel/domain-error.js';
import type { OrderState } from './order.entity.js';
import type { OrderLine } from './order-line.entity.js';
import { DisputeStatus, RefundStatus } from './refund-and-dispute-status.js';

/** What staff have seen, and go on all the same. */
export interface HandoverConsent {
  despiteRefund?: boolean | null | undefined;
  despiteDispute?: boolean | null | undefined;
}

/**
 * @param lines those that are to leave
 * @throws DomainError `ORDER_REFUNDED` when their money has gone back; `ORDER_DISPUTED` when the bank has it
 */
export function checkHandover(order: OrderState, lines: readonly OrderLine[], consent: HandoverConsent): void {
  if (!consent.despiteRefund && isRefunded(order, lines)) {
    throw new DomainError('ORDER_REFUNDED', 'The money has gone back to the buyer: nothing is to leave the shop.', {
      fields: { despiteRefund: 'has to be true for goods whose money has gone back' },
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

/** An early warning of fraud comes before the dispute. */
function isDoubtful({ disputeStatus, fraudWarnedAt }: OrderState): boolean {
  return disputeStatus === DisputeStatus.OPEN || disputeStatus === DisputeStatus.LOST || fraudWarnedAt != null;
}

function isRefunded({ refundStatus }: OrderState, lines: readonly OrderLine[]): boolean {
  const isPaidBack = ({ amountMinor, refundedMinor }: OrderLine) => amountMinor > 0 && refundedMinor >= amountMinor;
  return refundStatus === RefundStatus.FULL || lines.some(isPaidBack);
}
