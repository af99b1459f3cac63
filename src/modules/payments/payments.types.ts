/** What is answered when staff decide on money. */
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { Order } from '../orders/order.entity.js';
import { OrderType } from '../orders/orders.types.js';
import { PaymentPurpose, PaymentState } from './payment.entity.js';

registerEnumType(PaymentPurpose, {
  name: 'PaymentPurpose',
  description: 'What a payment is for.',
  valuesConfig: {
    ORDER: { description: 'The goods of the order.' },
    DEPOSIT: { description: 'A deposit that the shop kept.' },
    FEE: { description: 'A fee beside the order.' },
  },
});

registerEnumType(PaymentState, {
  name: 'PaymentState',
  description: 'What became of a payment.',
  valuesConfig: {
    ACCEPTED: { description: 'It pays what it is for.' },
    UNDER_REVIEW: { description: 'It does not match; staff decide.' },
    RETURNED: { description: 'All of it goes, or went, back to the buyer.' },
  },
});

@ObjectType('Payment', { description: 'Money that has arrived for an order.' })
export class PaymentType {
  @Field(() => ID, { name: 'id', description: 'Stripe’s `pi_…`.' })
  paymentIntentId!: string;

  @Field(() => PaymentPurpose, { description: 'What it is for.' })
  purpose!: PaymentPurpose;

  @Field(() => PaymentState, { description: 'What became of it.' })
  state!: PaymentState;

  @Field(() => GraphQLDateTime, { description: 'When it became known.' })
  receivedAt!: Date;
}

@ObjectType({ description: 'An order whose payment staff have accepted.' })
export class AcceptPaymentPayload {
  @Field(() => OrderType, { description: 'The order.' })
  order!: Order;
}

@ObjectType({ description: 'An order whose payment staff have rejected.' })
export class RejectPaymentPayload {
  @Field(() => OrderType, { description: 'The order.' })
  order!: Order;
}
