/** The charge of a fee to the card that was saved with its order: at most one for a fee. */
import { defineEntity, p } from '@mikro-orm/core';
import { Fee } from './fee.entity.js';

export enum CardChargeState {
  /** Stripe is being asked: it may have charged the card. */
  SENT = 'SENT',
  PAID = 'PAID',
  /** The card was not charged, and will not be. */
  REFUSED = 'REFUSED',
}

const FeeCardChargeSchema = defineEntity({
  name: 'FeeCardCharge',
  tableName: 'fee_card_charges',
  properties: {
    /** Also in the idempotency key at Stripe, and in the payment's metadata. */
    id: p.uuid().primary(),
    fee: () => p.manyToOne(Fee).unique(),
    state: p.enum(() => CardChargeState).default(CardChargeState.SENT),
    /** What Stripe is asked for, until it has answered: each repetition sends the same. */
    request: p.json<Record<string, unknown>>(),
    /** Stripe's customer, among whose payments it is looked up; null once that is not needed any more. */
    customerId: p.string().length(255).nullable(),
    createdAt: p.datetime(),
    /** When Stripe's list first did not show it: whether it was made is in doubt for a while. */
    notFoundAt: p.datetime().nullable(),
    /** Stripe's `pi_…`; null until Stripe has named one. */
    paymentIntentId: p.string().length(255).nullable().unique(),
    /** Why the card was not charged, in Stripe's word or its bank's. */
    refusal: p.string().length(255).nullable(),
  },
  checks: [
    { name: 'fee_card_charges_sent_for_a_customer', expression: `state <> 'SENT' or customer_id is not null` },
    { name: 'fee_card_charges_paid_by_a_payment', expression: `state <> 'PAID' or payment_intent_id is not null` },
    { name: 'fee_card_charges_refused_for_a_reason', expression: `(refusal is not null) = (state = 'REFUSED')` },
  ],
});

export class FeeCardCharge extends FeeCardChargeSchema.class {
  pay(paymentIntentId: string): void {
    this.paymentIntentId = paymentIntentId;
    this.refusal = null;
    this.end(CardChargeState.PAID);
  }

  refuse(refusal: string): void {
    this.refusal = refusal.slice(0, MAX_REFUSAL);
    this.end(CardChargeState.REFUSED);
  }

  /** The request, and whose card it was, are not needed again. */
  private end(state: CardChargeState): void {
    this.state = state;
    this.request = {};
    this.customerId = null;
  }
}
FeeCardChargeSchema.setClass(FeeCardCharge);

// As the column.
const MAX_REFUSAL = 255;
