/** Charging fees, and waiving them. */
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { actorId } from '../../platform/auth/viewer.js';
import { type GraphQLContext, signedIn } from '../../platform/graphql/context.js';
import { MoneyType } from '../../platform/graphql/money.types.js';
import type { Money } from '../../platform/kernel/money.js';
import type { OrderState } from '../orders/order.entity.js';
import type { OrdersService } from '../orders/orders.service.js';
import { OrderType } from '../orders/orders.types.js';
import { PAY_PATH } from '../payments/pay.route.js';
import type { Fee } from './fee.entity.js';
import type { FeesService } from './fees.service.js';
import {
  ChargeFeeInput,
  ChargeFeePayload,
  DismissLateFeeInput,
  DismissLateFeePayload,
  FeeType,
  LateFeeProposalType,
  WaiveFeeInput,
  WaiveFeePayload,
} from './fees.types.js';
import type { LateFeeProposal, LateFeesService } from './late-fees.service.js';

@Resolver(() => OrderType)
export class OrderFeesResolver {
  constructor(
    private readonly service: FeesService,
    private readonly lateFees: LateFeesService,
  ) {}

  @FieldResolver(() => [FeeType], {
    description: 'What is owed beside it, such as for a late return, the earliest first.',
  })
  async fees(@Root() order: OrderState, @Ctx() { em }: GraphQLContext): Promise<Fee[]> {
    return this.service.feesOf(em, order.id);
  }

  @Mutation(() => ChargeFeePayload, {
    description:
      'Charges a fee beside a paid order: to the card that the buyer saved with it, else they pay it by its link. NO_SAVED_CARD where only the card will do; FEE_ALREADY_CHARGED for a unit whose late return is charged and not waived; PAYMENT_PROVIDER_UNAVAILABLE, with nothing charged, where Stripe does not say which card. For staff.',
  })
  async chargeFee(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => ChargeFeeInput, { description: 'How much, and what for.' }) input: ChargeFeeInput,
  ): Promise<ChargeFeePayload> {
    const fee = await this.service.chargeFee(context.em, signedIn(context), input);
    return { order: fee.order, fee };
  }

  @Mutation(() => DismissLateFeePayload, {
    description:
      'Records that a unit which came back late costs the buyer nothing: it is proposed no longer. For staff.',
  })
  async dismissLateFee(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => DismissLateFeeInput, { description: 'Which unit, and why.' }) input: DismissLateFeeInput,
  ): Promise<DismissLateFeePayload> {
    return { fee: await this.lateFees.dismiss(context.em, signedIn(context), input) };
  }

  @Mutation(() => WaiveFeePayload, {
    description:
      'Waives a fee that is not paid; a payment that was faster goes back by itself. FEE_NOT_WAIVABLE for one that is paid: refundOrder sends its money back; PAYMENT_PROVIDER_UNAVAILABLE while it is not known whether it was paid: it is waived within minutes. For staff.',
  })
  async waiveFee(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => WaiveFeeInput, { description: 'Which one, and why.' }) input: WaiveFeeInput,
  ): Promise<WaiveFeePayload> {
    return { fee: await this.service.waiveFee(context.em, signedIn(context), input.feeId, input.note) };
  }
}

@Resolver(() => LateFeeProposalType)
export class LateFeeProposalResolver {
  @FieldResolver(() => MoneyType, { description: 'The daily price for so many days; staff may charge another amount.' })
  amount(@Root() { amountMinor: amount, currency }: LateFeeProposal): Money {
    return { amount, currency };
  }
}

@Resolver(() => FeeType)
export class FeeResolver {
  constructor(private readonly orders: OrdersService) {}

  @FieldResolver(() => OrderType, { description: 'The order.' })
  async order(@Root() { order }: Fee, @Ctx() { em }: GraphQLContext): Promise<OrderState> {
    return this.orders.loaded(em, order);
  }

  @FieldResolver(() => MoneyType, { description: 'How much it is.' })
  amount(@Root() { amountMinor: amount, currency }: Fee): Money {
    return { amount, currency };
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'Where the buyer pays it: a path at this API’s address, which leads on to Stripe. Anybody who has it can pay. Null while the saved card is being charged, and once it is settled.',
  })
  payPath(@Root() fee: Fee): string | null {
    return fee.isPayableByLink() && !fee.waiveRequestedAt ? `${PAY_PATH}/${fee.token}` : null;
  }

  @FieldResolver(() => ID, {
    nullable: true,
    description: 'The payment that pays it, as in `Order.payments`; null until it is paid.',
  })
  paymentId(@Root() { paymentIntentId }: Fee): string | null {
    return paymentIntentId ?? null;
  }

  @FieldResolver(() => ID, { nullable: true, description: 'The unit that came back late; null for other kinds.' })
  unitId(@Root() { unitId }: Fee): number | null {
    return unitId ?? null;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Why; null for everybody but staff.' })
  note(@Root() { note }: Fee): string {
    return note;
  }

  @FieldResolver(() => ID, {
    nullable: true,
    description: 'The `sub` of the tokens of the member of staff who charged it; null for everybody but staff.',
  })
  requestedById(@Root() { requestedBy }: Fee): string | null {
    return actorId(requestedBy);
  }
}
