/** The Refund as the API shows it when it is made. */
import type Stripe from 'stripe';
import type { Complete } from '../complete-object.js';
import { createId } from '../ids.js';

export interface NewRefund {
  charge: Stripe.Charge;
  amount: number;
  reason: Stripe.Refund.Reason | null;
  metadata: Stripe.Metadata;
  isPending: boolean;
  /** Seconds. */
  created: number;
}

/** Fields that a refund by card gets later, or never. */
type AbsentFields =
  | 'description'
  | 'failure_balance_transaction'
  | 'failure_reason'
  | 'instructions_email'
  | 'next_action'
  | 'pending_reason'
  | 'presentment_details'
  | 'destination_details';

export function buildRefund({ charge, amount, reason, metadata, isPending, created }: NewRefund): Stripe.Refund {
  const isCard = charge.payment_method_details?.type === 'card';
  return {
    id: createId('refund'),
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: charge.id,
    created,
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    ...(isCard ? { destination_details: cardDestination(isPending) } : {}),
    metadata,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    ...(isPending ? { pending_reason: 'processing' as const } : {}),
    reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: isPending ? 'pending' : 'succeeded',
    transfer_reversal: null,
  } satisfies Complete<Stripe.Refund, AbsentFields>;
}

function cardDestination(isPending: boolean): Stripe.Refund.DestinationDetails {
  const type = isPending ? 'pending' : 'refund';
  return {
    card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type },
    type: 'card',
  };
}
