/** Orders in the schema: these fields, and no other column, leave the house. */
import { GraphQLDateTime, GraphQLLocalDate } from 'graphql-scalars';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionTypeOf } from '../../platform/graphql/connection.types.js';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';
import { ItemType } from '../catalogue/item-type.js';
import { OrderStatus } from './order-status.js';
import { DisputeStatus, RefundStatus } from './refund-and-dispute-status.js';

registerEnumType(OrderStatus, {
  name: 'OrderStatus',
  description: 'Where an order stands.',
  valuesConfig: {
    PENDING: { description: 'Stored, its goods held, not paid yet.' },
    PAYMENT_FAILED: { description: 'The last attempt failed; may still be paid while `checkoutUrl` is not null.' },
    PROCESSING: { description: 'A delayed payment method is on its way; the goods stay held.' },
    PAID: { description: 'Paid; the goods are the buyer’s.' },
    EXPIRED: { description: 'The session expired unpaid; the goods are released.' },
    CANCELLED: { description: 'Given up by the buyer, staff or recovery; the goods are released.' },
    UNDER_REVIEW: { description: 'Money arrived that does not match the order; staff decide.' },
  },
});

registerEnumType(RefundStatus, {
  name: 'RefundStatus',
  description: 'Whether money of an order has gone back to the buyer.',
  valuesConfig: {
    NONE: { description: 'None, and none is due.' },
    PENDING: { description: 'Some of it is due, or on its way.' },
    PARTIAL: { description: 'A part of what arrived for the order.' },
    FULL: { description: 'All that arrived for the order.' },
    FAILED: { description: 'A refund did not reach the buyer; staff look into it.' },
  },
});

registerEnumType(DisputeStatus, {
  name: 'DisputeStatus',
  description: 'Whether the buyer contests the payment with their bank.',
  valuesConfig: {
    NONE: { description: 'The buyer does not contest it.' },
    INQUIRY: { description: 'The bank asks; no money was taken.' },
    OPEN: { description: 'The bank has taken the money until it is decided.' },
    WON: { description: 'The shop got the money back.' },
    LOST: { description: 'The buyer got the money back.' },
  },
});

@ObjectType('Customer', { description: 'The person an order is for, as given at checkout.' })
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

@ObjectType('OrderLine', { description: 'One line of an order, frozen as it was ordered.' })
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

  @Field(() => String, { description: 'What happened.' })
  cause!: string;

  @Field(() => String, { nullable: true, description: 'The Stripe event that reported it.' })
  stripeEventId!: string | null;
}

@ObjectType('Order', { description: 'An order, seen by its buyer and by staff alone.' })
export class OrderType {
  @Field(() => ID, { description: 'Opaque id.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'Number for people; given when the order is paid.' })
  number!: string | null;

  @Field(() => OrderStatus, { description: 'Where the order stands.' })
  status!: OrderStatus;

  @Field(() => CustomerType, { description: 'The person the order is for.' })
  customer!: CustomerType;

  @Field(() => ID, { nullable: true, description: 'The Stripe Checkout Session; null until Stripe has answered.' })
  checkoutSessionId!: string | null;

  @Field(() => GraphQLDateTime, { description: 'When the session, and the hold of the goods with it, ends.' })
  expiresAt!: Date;

  @Field(() => GraphQLDateTime, { description: 'When the order was placed.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the payment became known.' })
  paidAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When what tells who the buyer is was erased; the texts of `customer` are empty then.',
  })
  anonymisedAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why the order is, or was, under review; null for everybody but staff.',
  })
  reviewReason!: string | null;

  @Field(() => RefundStatus, { description: 'Whether money has gone back; leaves the status of the order alone.' })
  refundStatus!: RefundStatus;

  @Field(() => DisputeStatus, { description: 'Whether the payment is contested; leaves the status alone as well.' })
  disputeStatus!: DisputeStatus;
}

/** One page of orders. */
export const OrderConnectionType = connectionTypeOf('Order', () => OrderType);
