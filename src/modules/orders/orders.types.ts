/** Orders in the schema: only these fields, and no other column, are exposed. */
import { GraphQLDateTime, GraphQLLocalDate } from 'graphql-scalars';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ActorKind } from '../../platform/auth/viewer.js';
import { connectionTypeOf } from '../../platform/graphql/connection.types.js';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';
import { ItemType } from '../catalogue/item-type.js';
import { FulfillmentStatus } from './fulfillment-status.js';
import { OrderEventCause } from './order-event-cause.js';
import { OrderStatus } from './order-status.js';
import { DisputeStatus, RefundStatus } from './refund-and-dispute-status.js';
import { ReviewReason } from './review-reason.js';

registerEnumType(OrderStatus, {
  name: 'OrderStatus',
  description: 'The status of an order.',
  valuesConfig: {
    PENDING: { description: 'Stored, its goods held, not paid yet.' },
    PAYMENT_FAILED: { description: 'The last attempt failed; may still be paid while `checkoutUrl` is not null.' },
    PROCESSING: { description: 'A delayed payment method is on its way; the goods stay held.' },
    PAID: { description: 'Paid; the goods are the buyer’s.' },
    EXPIRED: { description: 'The session expired unpaid; the goods are released.' },
    CANCELLED: { description: 'Cancelled by the buyer, staff or recovery; the goods are released.' },
    UNDER_REVIEW: { description: 'A payment arrived that does not match the order; staff decide.' },
  },
});

registerEnumType(RefundStatus, {
  name: 'RefundStatus',
  description: 'Whether an order was refunded.',
  valuesConfig: {
    NONE: { description: 'None, and none is due.' },
    PENDING: { description: 'Some of it is due, or on its way.' },
    PARTIAL: { description: 'A part of what was paid for the order.' },
    FULL: { description: 'All that was paid for the order.' },
    FAILED: { description: 'A refund did not reach the buyer; staff look into it.' },
  },
});

registerEnumType(DisputeStatus, {
  name: 'DisputeStatus',
  description: 'Whether the buyer disputes the payment.',
  valuesConfig: {
    NONE: { description: 'There is no dispute.' },
    INQUIRY: { description: 'The bank inquires; no money was withdrawn.' },
    OPEN: { description: 'The bank has withdrawn the money until it is decided.' },
    WON: { description: 'The shop got the money back.' },
    LOST: { description: 'The buyer got the money back.' },
  },
});

registerEnumType(FulfillmentStatus, {
  name: 'FulfillmentStatus',
  description: 'How far the goods of an order are handed over.',
  valuesConfig: {
    UNFULFILLED: { description: 'Nothing has been handed over yet.' },
    PARTIALLY_FULFILLED: { description: 'Some of it was handed over, and some is to be.' },
    FULFILLED: { description: 'All that was to be handed over was; the buyer has some of it.' },
    RETURNED: { description: 'All that was handed over is back, and nothing is to be handed over.' },
    CANCELED: { description: 'Nothing was handed over, and nothing will be: the goods are the shop’s.' },
  },
});

registerEnumType(OrderEventCause, {
  name: 'OrderEventCause',
  description: 'What happened to an order.',
  valuesConfig: {
    CHECKOUT_CREATED: { description: 'The order was placed.' },
    CHECKOUT_COMPLETED: { description: 'The buyer finished the payment page with a delayed method.' },
    CHECKOUT_EXPIRED: { description: 'The session ended unpaid.' },
    CHECKOUT_REJECTED: { description: 'Stripe rejected the session.' },
    CHECKOUT_FAILED: { description: 'Stripe failed to open a session.' },
    PAYMENT_RECEIVED: { description: 'Money has arrived.' },
    PAYMENT_DECLINED: { description: 'An attempt to pay was declined.' },
    PAYMENT_FAILED: { description: 'The money of a delayed method did not arrive.' },
    PAYMENT_CANCELED: { description: 'Stripe canceled the payment.' },
    REVIEW_OPENED: { description: 'Staff have to look at the payment.' },
    PAYMENT_ACCEPTED: { description: 'Staff accepted the payment.' },
    PAYMENT_REJECTED: { description: 'Staff rejected the payment.' },
    REVIEW_CLOSED_UNPAID: { description: 'Staff ended the order, for which no money had arrived.' },
    ORDER_CANCELED: { description: 'The order was canceled.' },
    REPLACED_ORDER_PAID: { description: 'The order that this one was to replace was paid.' },
    REFUND_DUE: { description: 'Money has to go back.' },
    REFUND_REQUESTED: { description: 'Staff sent money back.' },
    REFUND_DUE_AGAIN: { description: 'A refund is tried again.' },
    REFUND_ISSUED: { description: 'Stripe made a refund.' },
    REFUND_REJECTED: { description: 'Stripe rejected a refund.' },
    REFUND_BLOCKED: { description: 'A refund waits for the end of a dispute.' },
    REFUND_SETTLED_ELSEWHERE: { description: 'Nothing is left to refund.' },
    REFUND_PAID_OTHERWISE: { description: 'A refund failed, and staff paid the buyer in another way.' },
    REFUND_STATUS_CHANGED: { description: '`refundStatus` or `amountRefunded` changed.' },
    DISPUTE_STATUS_CHANGED: { description: '`disputeStatus` changed.' },
    DISPUTE_ANSWERED: { description: 'Staff submitted evidence.' },
    DISPUTE_ACCEPTED: { description: 'Staff accepted a dispute.' },
    FRAUD_WARNED: { description: 'Stripe warned that the payment may be a fraud.' },
    GOODS_FULFILLED: { description: 'Goods were handed over, or sent.' },
    GOODS_RETURNED: { description: 'Goods are the shop’s again.' },
    WITHDRAWN: { description: 'The buyer withdrew from the contract on goods of it.' },
    WITHDRAWAL_CLOSED: { description: 'Staff closed a withdrawal without a refund.' },
    FEE_CHARGED: { description: 'Staff charged a fee.' },
    FEE_CARD_REFUSED: { description: 'The saved card did not pay a fee; the buyer pays it by its link.' },
    FEE_PAID: { description: 'A fee was paid.' },
    FEE_WAIVED: { description: 'Staff waived a fee.' },
    DEPOSIT_HELD: { description: 'A deposit is held on the buyer’s card.' },
    DEPOSIT_REFUSED: { description: 'The bank refused to hold a deposit without the buyer.' },
    DEPOSIT_EXPIRED: { description: 'The bank holds a deposit no longer.' },
    DEPOSIT_CAPTURE_REQUESTED: { description: 'Staff took a part of a deposit.' },
    DEPOSIT_CAPTURED: { description: 'A part of a deposit arrived; the rest was released.' },
    DEPOSIT_RELEASED: { description: 'A deposit was released.' },
    UNIT_PICKED_UP: { description: 'A unit left the shop.' },
    UNIT_RETURNED: { description: 'A unit came back.' },
    UNIT_REASSIGNED: { description: 'The rental got another unit.' },
    CUSTOMER_ANONYMIZED: { description: 'What tells who the buyer is was erased.' },
    OTHER: { description: 'Something else, recorded by another version of the shop; staff read it in `note`.' },
  },
});

registerEnumType(ActorKind, {
  name: 'ActorKind',
  description: 'Who did something.',
  valuesConfig: {
    BUYER: { description: 'The buyer.' },
    STAFF: { description: 'Somebody of the staff.' },
    STRIPE: { description: 'Stripe, or somebody in its dashboard.' },
    SYSTEM: { description: 'The shop’s own jobs.' },
  },
});

registerEnumType(ReviewReason, {
  name: 'ReviewReason',
  description: 'Why staff have to look at the money of an order.',
  valuesConfig: {
    AMOUNT_MISMATCH: { description: 'Another amount, or another currency, than the order’s.' },
    OTHER_SESSION: { description: 'Paid through a session that is not the order’s.' },
    UNKNOWN_AT_STRIPE: { description: 'Stripe does not know the session of the order.' },
    PAYMENT_OVERDUE: { description: 'The money of a delayed method has been on its way for weeks.' },
    OTHER: { description: 'Something else, recorded by another version of the shop: see `reviewNote`.' },
  },
});

// Simple: their fields are read as GraphQL itself reads them, without a resolver for each; return pages ask for many.
@ObjectType('Customer', { description: 'The person an order is for, as given at checkout.', simpleResolvers: true })
export class CustomerType {
  @Field(() => String, { description: 'First name.' })
  firstName!: string;

  @Field(() => String, { description: 'Last name.' })
  lastName!: string;

  @Field(() => String, { description: 'E-mail address.' })
  email!: string;

  @Field(() => String, { nullable: true, description: 'Telephone number as it was typed.' })
  phone!: string | null;

  @Field(() => String, { description: 'Street and number.' })
  address!: string;

  @Field(() => String, { description: 'City.' })
  city!: string;

  @Field(() => String, { description: 'Postal code; empty where none was given, since none is needed.' })
  postalCode!: string;

  @Field(() => String, { description: 'ISO 3166-1 alpha-2 code of the country.' })
  country!: string;
}

@ObjectType('OrderLine', { description: 'One line of an order, frozen as it was ordered.', simpleResolvers: true })
export class OrderLineType {
  @Field(() => ID, { description: 'Opaque id.' })
  id!: string;

  @Field(() => ItemType, { description: 'Product or equipment.' })
  type!: ItemType;

  @Field(() => ID, { description: 'Id of the item in the catalogue.' })
  itemId!: number;

  @Field(() => String, { description: 'Name of the item when it was ordered.' })
  name!: string;

  @Field(() => Int, { description: 'Pieces, or units.' })
  quantity!: number;

  @Field(() => Int, { description: 'Rental days; 1 for a product.' })
  days!: number;

  @Field(() => GraphQLLocalDate, { nullable: true, description: 'First rental day; null for a product.' })
  startDate!: CalendarDate | null;

  @Field(() => GraphQLLocalDate, { nullable: true, description: 'Last rental day; null for a product.' })
  endDate!: CalendarDate | null;

  @Field(() => Int, { description: 'How many of them were handed over or sent.' })
  fulfilledQuantity!: number;

  @Field(() => Int, { description: 'How many are the shop’s again, whether they had been handed over or not.' })
  returnedQuantity!: number;

  @Field(() => GraphQLLocalDate, {
    nullable: true,
    description: 'The day on which it has to be back: the first open day from the last rental day on.',
  })
  returnDate!: CalendarDate | null;
}

@ObjectType('PaymentError', { description: 'Why the last attempt to pay was declined, in Stripe’s codes.' })
export class PaymentErrorType {
  @Field(() => String, { nullable: true, description: 'Such as card_declined.' })
  code!: string | null;

  @Field(() => String, { nullable: true, description: 'Why the card’s bank declined, such as insufficient_funds.' })
  declineCode!: string | null;

  @Field(() => String, { nullable: true, description: 'A sentence for the buyer.' })
  message!: string | null;
}

@ObjectType('OrderEvent', { description: 'One row of an order’s timeline; never changed, never removed.' })
export class OrderEventType {
  @Field(() => GraphQLDateTime, { description: 'When it became known.' })
  at!: Date;

  @Field(() => OrderStatus, { nullable: true, description: 'The status before; null on the first row.' })
  from!: OrderStatus | null;

  @Field(() => OrderStatus, { description: 'The status after.' })
  to!: OrderStatus;

  @Field(() => String, { nullable: true, description: 'The Stripe event that reported it.' })
  stripeEventId!: string | null;
}

@ObjectType('Order', { description: 'An order, seen by its buyer and by staff alone.', simpleResolvers: true })
export class OrderType {
  @Field(() => ID, { description: 'Opaque id.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'Number for people; given when the order is paid.' })
  number!: string | null;

  @Field(() => OrderStatus, { description: 'The status of the order.' })
  status!: OrderStatus;

  @Field(() => CustomerType, { description: 'The person the order is for.' })
  customer!: CustomerType;

  @Field(() => ID, { nullable: true, description: 'The Stripe Checkout Session; null until Stripe has created it.' })
  checkoutSessionId!: string | null;

  @Field(() => GraphQLDateTime, { description: 'When the session, and the hold of the goods with it, ends.' })
  expiresAt!: Date;

  @Field(() => GraphQLDateTime, { description: 'When the order was placed.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the payment became known.' })
  paidAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    name: 'anonymizedAt',
    simple: false,
    nullable: true,
    description: 'When personal data of the buyer was erased; the texts of `customer` are empty then.',
  })
  anonymisedAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why the order is, or was, under review, in words; null for everybody but staff.',
  })
  reviewNote!: string | null;

  @Field(() => RefundStatus, { description: 'Whether the order was refunded; does not change its status.' })
  refundStatus!: RefundStatus;

  @Field(() => DisputeStatus, { description: 'Whether the payment is disputed; does not change the status either.' })
  disputeStatus!: DisputeStatus;
}

/** One page of orders. */
export const OrderConnectionType = connectionTypeOf('Order', () => OrderType);
