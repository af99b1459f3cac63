/** Handing goods over, and putting them on offer again. */
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { actorId } from '../../platform/auth/viewer.js';
import { type GraphQLContext, signedIn } from '../../platform/graphql/context.js';
import type { OrderState } from '../orders/order.entity.js';
import type { OrdersService } from '../orders/orders.service.js';
import { OrderType } from '../orders/orders.types.js';
import type { Fulfillment, FulfillmentLine } from './fulfillment.entity.js';
import type { FulfillmentService } from './fulfillment.service.js';
import {
  FulfillmentLineType,
  FulfillmentType,
  MarkFulfilledInput,
  MarkFulfilledPayload,
  ReleaseLineInput,
  ReleaseLinePayload,
} from './fulfillment.types.js';

@Resolver(() => OrderType)
export class OrderFulfillmentResolver {
  constructor(private readonly service: FulfillmentService) {}

  @FieldResolver(() => [FulfillmentType], {
    description: 'Products that were handed over or sent, the earliest first; units of rentals are picked up instead.',
  })
  async fulfillments(@Root() order: OrderState, @Ctx() { em }: GraphQLContext): Promise<Fulfillment[]> {
    return this.service.fulfillmentsOf(em, order.id);
  }

  @Mutation(() => MarkFulfilledPayload, {
    description:
      'Records that products of a paid order were handed over or sent. ORDER_REFUNDED or ORDER_DISPUTED where their money has gone, or is going back, unless that is confirmed. For staff.',
  })
  async markFulfilled(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => MarkFulfilledInput, { description: 'What leaves, and how.' }) input: MarkFulfilledInput,
  ): Promise<MarkFulfilledPayload> {
    const fulfillment = await this.service.markFulfilled(context.em, signedIn(context), input);
    return { order: fulfillment.order, fulfillment };
  }

  @Mutation(() => ReleaseLinePayload, {
    description:
      'Puts goods of a paid line on offer again, without a refund: pieces are on hand, units that are not out are free. For staff.',
  })
  async releaseLine(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => ReleaseLineInput, { description: 'The line, and how much of it.' }) input: ReleaseLineInput,
  ): Promise<ReleaseLinePayload> {
    return { line: await this.service.releaseLine(context.em, signedIn(context), input) };
  }
}

@Resolver(() => FulfillmentType)
export class FulfillmentResolver {
  constructor(private readonly orders: OrdersService) {}

  @FieldResolver(() => OrderType, { description: 'The order.' })
  async order(@Root() { order }: Fulfillment, @Ctx() { em }: GraphQLContext): Promise<OrderState> {
    return this.orders.loaded(em, order);
  }

  @FieldResolver(() => [FulfillmentLineType], { description: 'Its lines, and how many pieces of each.' })
  lines(@Root() { lines }: Fulfillment): FulfillmentLine[] {
    return lines.getItems().toSorted((a, b) => a.line.position - b.line.position);
  }

  @FieldResolver(() => ID, {
    nullable: true,
    description: 'The `sub` of the tokens of the member of staff; null for everybody but staff.',
  })
  actorId(@Root() { actor }: Fulfillment): string | null {
    return actorId(actor);
  }
}
