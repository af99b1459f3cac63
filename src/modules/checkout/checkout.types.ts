/** Checkout in the schema. */
import { GraphQLCurrency, GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';
import type { OrderState } from '../orders/order.entity.js';
import { OrderType } from '../orders/orders.types.js';

@ObjectType('CheckoutSession', { description: 'A Stripe Checkout Session with the order that it pays.' })
export class CheckoutSessionType {
  @Field(() => ID, { description: 'Stripe’s id of the session.' })
  sessionId!: string;

  @Field(() => String, { nullable: true, description: 'Send the buyer here; null once it can no longer be paid.' })
  url!: string | null;

  @Field(() => GraphQLDateTime, { description: 'When the session, and the hold of the goods with it, ends.' })
  expiresAt!: Date;

  @Field(() => OrderType, { description: 'The order.' })
  order!: OrderState;
}

@ObjectType('PaymentConfig', { description: 'What a frontend needs to know about payments.' })
export class PaymentConfigType {
  @Field(() => String, { description: 'Stripe’s publishable key, for Stripe.js.' })
  publishableKey!: string;

  @Field(() => GraphQLCurrency, { description: 'The currency of every price.' })
  currency!: string;

  @Field(() => Boolean, { description: 'False while payments are tests.' })
  livemode!: boolean;
}
