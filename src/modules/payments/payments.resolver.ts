/** The return page, cancelling, and staff's decisions on payments. */
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, signedIn } from '../../platform/graphql/context.js';
import { MoneyType } from '../../platform/graphql/money.types.js';
import type { Money } from '../../platform/kernel/money.js';
import type { Order, OrderState } from '../orders/order.entity.js';
import { OrderType } from '../orders/orders.types.js';
import type { CancellationService } from './cancellation.service.js';
import type { Payment } from './payment.entity.js';
import type { PaymentsService } from './payments.service.js';
import { AcceptPaymentPayload, PaymentType, RejectPaymentPayload } from './payments.types.js';
import type { ReturnPageService } from './return-page.service.js';
import type { ReviewService } from './review.service.js';

@Resolver(() => OrderType)
export class PaymentsResolver {
  constructor(
    private readonly returnPage: ReturnPageService,
    private readonly cancellation: CancellationService,
    private readonly review: ReviewService,
    private readonly service: PaymentsService,
  ) {}

  @Query(() => OrderType, {
    nullable: true,
    description:
      'The order of a Stripe Checkout Session, for the page that the buyer returns to. While it is not paid, Stripe is asked, at most once in five seconds. Null unless it is the viewer’s.',
  })
  async orderBySession(
    @Ctx() context: GraphQLContext,
    @Arg('sessionId', () => ID, { description: 'What Stripe put in the place of {CHECKOUT_SESSION_ID}.' })
    sessionId: string,
  ): Promise<OrderState | null> {
    return this.returnPage.findBySession(context.em, signedIn(context), sessionId);
  }

  @FieldResolver(() => [PaymentType], { description: 'Money that has arrived for it, the earliest first.' })
  async payments(@Root() order: OrderState, @Ctx() { em }: GraphQLContext): Promise<Payment[]> {
    return this.service.paymentsOf(em, order.id);
  }

  @Mutation(() => OrderType, {
    description:
      'Cancels an unpaid order and releases its goods; the Stripe session is expired first. ORDER_NOT_CANCELLABLE, with the order’s status, when the payment was faster.',
  })
  async cancelOrder(
    @Ctx() context: GraphQLContext,
    @Arg('orderId', () => ID, { description: 'Id of the order.' }) orderId: string,
  ): Promise<Order> {
    return this.cancellation.cancelOrder(context.em, signedIn(context), orderId);
  }

  @Mutation(() => AcceptPaymentPayload, {
    description:
      'Takes the money that is under review as the payment of its order. ORDER_NOT_UNDER_REVIEW where nothing is; NO_PAYMENT_TO_ACCEPT where no money has arrived; PAYMENT_ALREADY_REFUNDED, with what is `left`, where it has gone back; OUT_OF_STOCK or NOT_AVAILABLE where the goods have gone. For staff.',
  })
  async acceptPayment(
    @Ctx() context: GraphQLContext,
    @Arg('orderId', () => ID, { description: 'Id of the order.' }) orderId: string,
  ): Promise<AcceptPaymentPayload> {
    return { order: await this.review.acceptPayment(context.em, signedIn(context), orderId) };
  }

  @Mutation(() => RejectPaymentPayload, {
    description:
      'Sends what is left of the money that is under review back, where there is any, frees the goods and cancels the order. ORDER_NOT_UNDER_REVIEW where nothing is under review. For staff.',
  })
  async rejectPayment(
    @Ctx() context: GraphQLContext,
    @Arg('orderId', () => ID, { description: 'Id of the order.' }) orderId: string,
  ): Promise<RejectPaymentPayload> {
    return { order: await this.review.rejectPayment(context.em, signedIn(context), orderId) };
  }
}

@Resolver(() => PaymentType)
export class PaymentResolver {
  @FieldResolver(() => MoneyType, { description: 'What arrived.' })
  amount(@Root() { amountMinor: amount, currency }: Payment): Money {
    return { amount, currency };
  }
}
