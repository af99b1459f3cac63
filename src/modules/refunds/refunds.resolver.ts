/** Refunds of an order, and retrying those that failed. */
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, signedIn } from '../../platform/graphql/context.js';
import { MoneyType } from '../../platform/graphql/money.types.js';
import { enumValue } from '../../platform/kernel/enum-value.js';
import type { Money } from '../../platform/kernel/money.js';
import type { OrderState } from '../orders/order.entity.js';
import type { OrdersService } from '../orders/orders.service.js';
import { OrderType } from '../orders/orders.types.js';
import { RefundReason } from '../payments/refund-reason.js';
import type { Refund } from './refund.entity.js';
import type { RefundsService } from './refunds.service.js';
import { RefundType, RetryRefundPayload } from './refunds.types.js';

@Resolver(() => OrderType)
export class OrderRefundsResolver {
  constructor(private readonly service: RefundsService) {}

  @FieldResolver(() => [RefundType], { description: 'What goes, or went, back to the buyer, the earliest first.' })
  async refunds(@Root() order: OrderState, @Ctx() { em }: GraphQLContext): Promise<Refund[]> {
    return this.service.refundsOf(em, order.id);
  }

  @Mutation(() => RetryRefundPayload, {
    description:
      'Makes a failed refund due again; one that a dispute blocks, or that could not be issued so far, is tried at once. Stripe’s list is read first, so that nothing is refunded twice. For staff.',
  })
  async retryRefund(
    @Ctx() context: GraphQLContext,
    @Arg('refundId', () => ID, { description: 'Id of the refund.' }) refundId: string,
  ): Promise<RetryRefundPayload> {
    const refund = await this.service.retryRefund(context.em, signedIn(context), refundId);
    return { order: refund.order, refund };
  }
}

@Resolver(() => RefundType)
export class RefundResolver {
  constructor(private readonly orders: OrdersService) {}

  @FieldResolver(() => OrderType, { description: 'The order whose money goes back.' })
  async order(@Root() { order }: Refund, @Ctx() { em }: GraphQLContext): Promise<OrderState> {
    return this.orders.loaded(em, order);
  }

  @FieldResolver(() => RefundReason, { description: 'Why the money goes back.' })
  reason(@Root() { reason }: Refund): RefundReason {
    return enumValue(RefundReason, reason, RefundReason.OTHER);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Why the money goes back, in words; null for everybody but staff.',
  })
  note(@Root() { reason, note }: Refund): string | null {
    return reason in RefundReason ? (note ?? null) : reason;
  }

  @FieldResolver(() => MoneyType, {
    description:
      'How much goes, or went, back: of a refund that Stripe has not made yet, what is left to go as far as is known.',
  })
  amount(@Root() { amountMinor: amount, currency }: Refund): Money {
    return { amount, currency };
  }
}
