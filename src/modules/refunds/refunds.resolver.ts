/** Refunds of an order, and retrying those that failed. */
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { actorId } from '../../platform/auth/viewer.js';
import { type GraphQLContext, signedIn } from '../../platform/graphql/context.js';
import { MoneyType } from '../../platform/graphql/money.types.js';
import { enumValue } from '../../platform/kernel/enum-value.js';
import type { Money } from '../../platform/kernel/money.js';
import type { OrderState } from '../orders/order.entity.js';
import type { OrdersService } from '../orders/orders.service.js';
import { OrderType } from '../orders/orders.types.js';
import type { Payment } from '../payments/payment.entity.js';
import { PaymentType } from '../payments/payments.types.js';
import { RefundReason } from '../payments/refund-reason.js';
import type { Refund } from './refund.entity.js';
import type { RefundAttempt } from './refund-attempt.entity.js';
import type { RefundClaimsService } from './refund-claims.service.js';
import type { RefundLine } from './refund-line.entity.js';
import { CloseRefundInput, RefundOrderInput } from './refunds.input.js';
import type { RefundsService } from './refunds.service.js';
import {
  CloseRefundPayload,
  RefundAttemptType,
  RefundLineType,
  RefundOrderPayload,
  RefundType,
  RetryRefundPayload,
} from './refunds.types.js';

@Resolver(() => OrderType)
export class OrderRefundsResolver {
  constructor(
    private readonly service: RefundsService,
    private readonly claims: RefundClaimsService,
  ) {}

  @FieldResolver(() => MoneyType, {
    description:
      'What staff can still refund of the payment that pays the order: what is left after refunds, disputes and what was asked for already.',
  })
  async amountRefundable(@Root() order: OrderState, @Ctx() { em }: GraphQLContext): Promise<Money> {
    return this.service.refundableOf(em, order);
  }

  @Mutation(() => RefundOrderPayload, {
    description:
      'Sends money of a paid order back, an amount or what lines are worth, and puts goods on offer again. REFUND_EXCEEDS_PAYMENT, with what is `left`, where it is more than that; PAYMENT_UNDER_REVIEW for money that rejectPayment sends back; PAYMENT_PROCESSING; NO_PAYMENT_TO_REFUND. For staff.',
  })
  async refundOrder(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => RefundOrderInput, { description: 'How much of what, and why.' }) input: RefundOrderInput,
  ): Promise<RefundOrderPayload> {
    const refund = await this.claims.refundOrder(context.em, signedIn(context), input);
    return { order: refund.order, refund };
  }

  @Mutation(() => CloseRefundPayload, {
    description:
      'Records that a refund which failed was paid to the buyer in another way. REFUND_NOT_RETRYABLE for one that has not failed. For staff.',
  })
  async closeRefund(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => CloseRefundInput, { description: 'The refund, and how it was paid.' }) input: CloseRefundInput,
  ): Promise<CloseRefundPayload> {
    const refund = await this.service.closeRefund(context.em, signedIn(context), input.refundId, input.note);
    return { order: refund.order, refund };
  }

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
  constructor(
    private readonly orders: OrdersService,
    private readonly service: RefundsService,
  ) {}

  @FieldResolver(() => [RefundLineType], { description: 'The lines that it gives back; none for an amount.' })
  async lines(@Root() { id }: Refund, @Ctx() { em }: GraphQLContext): Promise<RefundLine[]> {
    return this.service.linesOf(em, id);
  }

  @FieldResolver(() => [RefundAttemptType], {
    description: 'The attempts to make it at Stripe, the first one first; none for everybody but staff.',
  })
  async attempts(@Root() { id }: Refund, @Ctx() { em, viewer }: GraphQLContext): Promise<RefundAttempt[]> {
    return viewer?.isStaff ? this.service.attemptsOf(em, id) : [];
  }

  @FieldResolver(() => ID, {
    nullable: true,
    description: 'The `sub` of the tokens of the member of staff who asked for it; null for everybody but staff.',
  })
  requestedById(@Root() { requestedBy }: Refund): string | null {
    return requestedBy == null ? null : actorId(requestedBy);
  }

  @FieldResolver(() => ID, {
    nullable: true,
    description: 'Id of the withdrawal that it is for; null where the buyer had not withdrawn.',
  })
  withdrawalId(@Root() { withdrawal }: Refund): string | null {
    return withdrawal?.id ?? null;
  }

  @FieldResolver(() => OrderType, { description: 'The order whose money goes back.' })
  async order(@Root() { order }: Refund, @Ctx() { em }: GraphQLContext): Promise<OrderState> {
    return this.orders.loaded(em, order);
  }

  @FieldResolver(() => RefundReason, { description: 'Why the money goes back.' })
  reason(@Root() { reason }: Refund, @Ctx() { viewer }: GraphQLContext): RefundReason {
    // A suspicion of staff's.
    if (reason === RefundReason.FRAUD && !viewer?.isStaff) return RefundReason.OTHER;
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

@Resolver(() => RefundLineType)
export class RefundLineResolver {
  @FieldResolver(() => MoneyType, { description: 'What it gives back of the line.' })
  amount(@Root() { amountMinor: amount, refund }: RefundLine): Money {
    return { amount, currency: refund.currency };
  }
}

@Resolver(() => RefundAttemptType)
export class RefundAttemptResolver {
  @FieldResolver(() => MoneyType, {
    nullable: true,
    description: 'What Stripe was asked for; null for all that was left, until Stripe says how much that was.',
  })
  amount(@Root() { amountMinor, refund }: RefundAttempt): Money | null {
    return amountMinor == null ? null : { amount: amountMinor, currency: refund.currency };
  }
}

@Resolver(() => PaymentType)
export class RefundablePaymentResolver {
  constructor(private readonly service: RefundsService) {}

  @FieldResolver(() => MoneyType, { description: 'What staff can still refund of it.' })
  async amountRefundable(@Root() payment: Payment, @Ctx() { em }: GraphQLContext): Promise<Money> {
    return { amount: await this.service.refundableOfPayment(em, payment), currency: payment.currency };
  }
}
