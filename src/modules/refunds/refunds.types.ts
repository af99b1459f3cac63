/** Refunds in the schema. */
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Order } from '../orders/order.entity.js';
import type { OrderLine } from '../orders/order-line.entity.js';
import { OrderLineType, OrderType } from '../orders/orders.types.js';
import { RefundReason } from '../payments/refund-reason.js';
import { type Refund, RefundState } from './refund.entity.js';
import { RefundAttemptState } from './refund-attempt.entity.js';
import { RefundedGoods } from './refund-line.entity.js';

registerEnumType(RefundState, {
  name: 'RefundState',
  description: 'Where a refund stands.',
  valuesConfig: {
    DUE: { description: 'To be issued at Stripe, within moments.' },
    REQUESTED: { description: 'Staff have asked for it; to be issued at Stripe, within moments.' },
    PENDING: { description: 'Stripe has accepted it; the money is on its way.' },
    SUCCEEDED: { description: 'The money has gone back.' },
    FAILED: { description: 'Stripe rejected it, or the money came back. Staff may try again.' },
    CANCELED: { description: 'It will not be made; another may have taken its place.' },
    BLOCKED: {
      description:
        'The payment is disputed: the bank may return the money itself. Due, or SETTLED_ELSEWHERE, once that is decided.',
    },
    PAID_OTHERWISE: { description: 'It failed, and staff paid the buyer in another way.' },
    SETTLED_ELSEWHERE: {
      description:
        'Nothing is left to send: refunds made at Stripe, or the bank, gave it back. Due again if that is undone.',
    },
  },
});

/** Why staff send money back, except for FRAUD, which buyers are not told. */
export const requestReasons = {
  BUYER_CANCELED: { description: 'The buyer no longer wants it.' },
  WITHDRAWAL: { description: 'The buyer withdrew from the contract.' },
  DAMAGED: { description: 'Something was damaged.' },
  NOT_DELIVERED: { description: 'Something did not arrive, or was not there.' },
  LATE: { description: 'Something came late.' },
  GOODWILL: { description: 'To make up for something.' },
  DUPLICATE: { description: 'It had been ordered, or paid, twice.' },
};

registerEnumType(RefundReason, {
  name: 'RefundReason',
  description: 'Why money goes back to the buyer.',
  valuesConfig: {
    DUPLICATE_PAYMENT: { description: 'Another payment has paid the order.' },
    OTHER_PAYMENT_UNDER_REVIEW: { description: 'Staff are deciding on another payment of the order.' },
    PAYMENT_REJECTED: { description: 'Staff rejected the payment, or had ended the order before it arrived.' },
    GOODS_UNAVAILABLE: { description: 'Paid when the goods had gone to others.' },
    FEE_WAIVED: { description: 'A fee was paid when staff had waived it.' },
    RENTAL_OVER: { description: 'Paid when the rental was over.' },
    REFUND_REVERSED: { description: 'Money that had gone back came back to the shop: it goes back again.' },
    ...requestReasons,
    FRAUD: { description: 'Somebody paid with a card that is not theirs. Shown to staff only.' },
    MADE_AT_STRIPE: { description: 'Somebody made the refund in Stripe’s dashboard.' },
    OTHER: { description: 'Something else; staff read it in `note`.' },
  },
});

registerEnumType(RefundAttemptState, {
  name: 'RefundAttemptState',
  description: 'What became of an attempt to make a refund.',
  valuesConfig: {
    SENT: { description: 'Stripe is being asked for it.' },
    PENDING: { description: 'Stripe has accepted it; the money is on its way.' },
    SUCCEEDED: { description: 'The money has gone back.' },
    FAILED: { description: 'The money came back to the shop.' },
    CANCELED: { description: 'Somebody canceled it in Stripe’s dashboard.' },
    NOT_MADE: { description: 'Stripe rejected it, or did not make it.' },
  },
});

@ObjectType('RefundAttempt', { description: 'An attempt to make a refund at Stripe.' })
export class RefundAttemptType {
  @Field(() => Int, { description: 'From 1 on.' })
  number!: number;

  @Field(() => GraphQLDateTime, { description: 'When it was stored, before Stripe was asked.' })
  createdAt!: Date;

  @Field(() => RefundAttemptState, { description: 'What became of it.' })
  state!: RefundAttemptState;

  @Field(() => String, { nullable: true, description: 'Stripe’s `re_…`; null for one that was not made.' })
  stripeRefundId!: string | null;

  @Field(() => String, { nullable: true, description: 'Stripe’s word for why it failed, or was rejected.' })
  failureReason!: string | null;
}

@ObjectType('RefundLine', { description: 'What a refund gives back of a line of the order.' })
export class RefundLineType {
  @Field(() => OrderLineType, { description: 'The line.' })
  line!: OrderLine;

  @Field(() => Int, { description: 'Pieces, or units.' })
  quantity!: number;

  @Field(() => RefundedGoods, { description: 'What became of the goods.' })
  goods!: RefundedGoods;
}

@ObjectType('Refund', { description: 'Money that goes back to the buyer.' })
export class RefundType {
  @Field(() => ID, { description: 'Opaque id.' })
  id!: string;

  @Field(() => RefundState, { description: 'Where it stands.' })
  state!: RefundState;

  @Field(() => String, { nullable: true, description: 'Stripe’s `re_…`; null until Stripe has accepted it.' })
  stripeRefundId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What the buyer’s bank finds the money by; null until it is known, which may take days.',
  })
  reference!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why it failed last, in Stripe’s word, or `exceeds_what_is_left`; null for everybody but staff.',
  })
  failureReason!: string | null;

  @Field(() => GraphQLDateTime, { description: 'When it became due, or was made at Stripe.' })
  createdAt!: Date;
}

@ObjectType({ description: 'A refund that is tried again, with its order.' })
export class RetryRefundPayload {
  @Field(() => OrderType, { description: 'The order whose money goes back.' })
  order!: Order;

  @Field(() => RefundType, { description: 'The refund that is due now: the same one, or another in its place.' })
  refund!: Refund;
}

@ObjectType({ description: 'A refund that staff asked for, with its order.' })
export class RefundOrderPayload {
  @Field(() => OrderType, { description: 'The order whose money goes back.' })
  order!: Order;

  @Field(() => RefundType, { description: 'The refund.' })
  refund!: Refund;
}

@ObjectType({ description: 'A refund that was paid in another way, with its order.' })
export class CloseRefundPayload {
  @Field(() => OrderType, { description: 'The order.' })
  order!: Order;

  @Field(() => RefundType, { description: 'The refund.' })
  refund!: Refund;
}
