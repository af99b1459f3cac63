/** What is answered when staff decide on money. */
import { Field, ObjectType } from 'type-graphql';
import type { Order } from '../orders/order.entity.js';
import { OrderType } from '../orders/orders.types.js';

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
