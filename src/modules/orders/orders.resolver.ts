/** Queries over orders, and the fields that are derived from an order. */
import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { ActorKind, actorId, actorKind } from '../../platform/auth/viewer.js';
import { type Connection, toConnection } from '../../platform/graphql/connection.types.js';
import { type GraphQLContext, signedIn } from '../../platform/graphql/context.js';
import { MoneyType } from '../../platform/graphql/money.types.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { enumValue } from '../../platform/kernel/enum-value.js';
import type { Money } from '../../platform/kernel/money.js';
import { DEFAULT_PAGE_SIZE } from '../../platform/kernel/page.js';
import type { CatalogueItem, CatalogueService } from '../catalogue/catalogue.service.js';
import { CatalogueItemType } from '../catalogue/catalogue.types.js';
import { ItemType } from '../catalogue/item-type.js';
import { RentalRateType } from '../pricing/pricing.types.js';
import { FulfillmentStatus } from './fulfillment-status.js';
import type { Order, OrderState } from './order.entity.js';
import { OrderEventCause } from './order-event-cause.js';
import type { OrderLineState } from './order-line.entity.js';
import type { TimelineRow } from './order-rules.js';
import { OrderStatus } from './order-status.js';
import { OrderFilterInput } from './orders.input.js';
import type { OrdersService } from './orders.service.js';
import { OrderConnectionType, OrderEventType, OrderLineType, OrderType, PaymentErrorType } from './orders.types.js';
import { ReviewReason } from './review-reason.js';

@Resolver(() => OrderType)
export class OrderResolver {
  constructor(
    private readonly service: OrdersService,
    private readonly clock: Clock,
  ) {}

  @Query(() => OrderType, { nullable: true, description: 'One order. Null unless the viewer owns it or is staff.' })
  async order(
    @Ctx() context: GraphQLContext,
    @Arg('id', () => ID, { description: 'Id of the order.' }) id: string,
  ): Promise<OrderState | null> {
    return this.service.find(context.em, signedIn(context), id);
  }

  @Query(() => OrderConnectionType, { description: 'The viewer’s orders, everybody’s for staff; the newest first.' })
  async orders(
    @Ctx() context: GraphQLContext,
    @Arg('first', () => Int, {
      nullable: true,
      defaultValue: DEFAULT_PAGE_SIZE,
      description: 'How many orders, 1 to 100.',
    })
    first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'The `endCursor` of the page before.' }) after?:
      | string
      | null,
    @Arg('status', () => OrderStatus, { nullable: true, description: 'Only orders with this status.' })
    status?: OrderStatus | null,
    @Arg('filter', () => OrderFilterInput, { nullable: true, description: 'What else the orders have in common.' })
    filter?: OrderFilterInput | null,
  ): Promise<Connection<Order>> {
    const query = { ...filter, status, first, after };
    return toConnection(await this.service.list(context.em, signedIn(context), query));
  }

  @FieldResolver(() => MoneyType, {
    description: 'What was refunded, over all payments of the order; refunds on their way are not included.',
  })
  amountRefunded(@Root() { refundedMinor: amount, currency }: OrderState): Money {
    return { amount, currency };
  }

  @FieldResolver(() => FulfillmentStatus, { description: 'How far its goods are handed over.' })
  fulfillmentStatus(@Root() order: OrderState): FulfillmentStatus {
    // A version that knew nothing of it may have ended the order.
    return order.isOver() ? FulfillmentStatus.CANCELED : order.fulfillmentStatus;
  }

  @FieldResolver(() => MoneyType, { description: 'What the buyer pays: the sum of the lines.' })
  total(@Root() order: OrderState): Money {
    return { amount: order.totalMinor, currency: order.currency };
  }

  @FieldResolver(() => [OrderLineType], { description: 'The lines, in the order of the basket.' })
  async lines(@Root() order: OrderState, @Ctx() { em }: GraphQLContext): Promise<OrderLineState[]> {
    return this.service.linesOf(em, order);
  }

  @FieldResolver(() => String, { nullable: true, description: 'Where to pay; null once it can no longer be paid.' })
  checkoutUrl(@Root() order: OrderState): string | null {
    return order.payableUrl(this.clock.now());
  }

  @FieldResolver(() => PaymentErrorType, {
    nullable: true,
    description: 'Why the last attempt to pay failed; null unless the status is PAYMENT_FAILED.',
  })
  lastPaymentError(@Root() order: OrderState): PaymentErrorType | null {
    // Only while it is relevant: a decline that is reported after the payment no longer matters.
    if (order.status !== OrderStatus.PAYMENT_FAILED) return null;
    return {
      code: order.lastPaymentErrorCode ?? null,
      declineCode: order.lastPaymentErrorDeclineCode ?? null,
      message: order.lastPaymentErrorMessage ?? null,
    };
  }

  @FieldResolver(() => ReviewReason, {
    nullable: true,
    description: 'Why the order is, or was, under review; null for everybody but staff.',
  })
  reviewReason(@Root() { reviewReason }: OrderState): ReviewReason | null {
    return reviewReason == null ? null : enumValue(ReviewReason, reviewReason, ReviewReason.OTHER);
  }

  @FieldResolver(() => [OrderEventType], { description: 'The history of the order, the earliest row first.' })
  async timeline(@Root() order: OrderState, @Ctx() { em }: GraphQLContext): Promise<TimelineRow[]> {
    return this.service.timelineOf(em, order);
  }
}

@Resolver(() => OrderLineType)
export class OrderLineResolver {
  constructor(
    private readonly orders: OrdersService,
    private readonly catalogue: CatalogueService,
  ) {}

  @FieldResolver(() => OrderType, { description: 'The order.' })
  async order(@Root() { order }: OrderLineState, @Ctx() { em }: GraphQLContext): Promise<OrderState> {
    return this.orders.loaded(em, order);
  }

  @FieldResolver(() => CatalogueItemType, {
    nullable: true,
    description: 'The item as it is now; null when it is no longer on offer, except to staff.',
  })
  async item(
    @Root() { type, itemId }: OrderLineState,
    @Ctx() { em, viewer }: GraphQLContext,
  ): Promise<CatalogueItem | null> {
    return this.catalogue.itemOf(em, { type, id: itemId }, { includeInactive: viewer?.isStaff === true });
  }

  @FieldResolver(() => MoneyType, { description: 'List price a piece, or a unit and day.' })
  unitPrice(@Root() { unitPriceMinor, order }: OrderLineState): Money {
    return { amount: unitPriceMinor, currency: order.currency };
  }

  @FieldResolver(() => RentalRateType, {
    nullable: true,
    description: 'How the rental is charged; null for a product.',
  })
  rate(@Root() line: OrderLineState): RentalRateType | null {
    if (line.type !== ItemType.EQUIPMENT) return null;
    const { rateMonths: months, rateWeeks: weeks, rateDays: days, rateMinor: amount, order } = line;
    return { months, weeks, days, amount: { amount, currency: order.currency } };
  }

  @FieldResolver(() => MoneyType, {
    nullable: true,
    description: 'Deposit a unit, not part of the amount; null for none.',
  })
  deposit(@Root() { depositMinor, order }: OrderLineState): Money | null {
    return depositMinor == null ? null : { amount: depositMinor, currency: order.currency };
  }

  @FieldResolver(() => MoneyType, { description: 'What refunds by lines give, or gave, back of the amount.' })
  amountRefunded(@Root() { refundedMinor: amount, order }: OrderLineState): Money {
    return { amount, currency: order.currency };
  }

  @FieldResolver(() => MoneyType, { description: 'Quantity × the rate for the days.' })
  amount(@Root() { amountMinor, order }: OrderLineState): Money {
    return { amount: amountMinor, currency: order.currency };
  }
}

@Resolver(() => OrderEventType)
export class OrderEventResolver {
  @FieldResolver(() => OrderEventCause, { description: 'What happened.' })
  cause(@Root() { cause }: TimelineRow, @Ctx() { viewer }: GraphQLContext): OrderEventCause {
    // A suspicion.
    if (cause === OrderEventCause.FRAUD_WARNED && !viewer?.isStaff) return OrderEventCause.OTHER;
    return enumValue(OrderEventCause, cause, OrderEventCause.OTHER);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'More of what happened, in words; null for everybody but staff.',
  })
  note(@Root() { cause, note }: TimelineRow): string | null {
    return cause in OrderEventCause ? (note ?? null) : cause;
  }

  @FieldResolver(() => ActorKind, { description: 'Who did it.' })
  actor(@Root() { actor }: TimelineRow): ActorKind {
    return actorKind(actor);
  }

  @FieldResolver(() => ID, {
    nullable: true,
    description:
      'The `sub` of the tokens of the buyer or the member of staff who did it; null for everybody but staff.',
  })
  actorId(@Root() { actor }: TimelineRow): string | null {
    return actorId(actor);
  }
}
