/** Deposits of an order, and what staff do with them. */
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { actorId } from '../../platform/auth/viewer.js';
import { type GraphQLContext, signedIn } from '../../platform/graphql/context.js';
import { MoneyType } from '../../platform/graphql/money.types.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Money } from '../../platform/kernel/money.js';
import type { OrderState } from '../orders/order.entity.js';
import type { OrdersService } from '../orders/orders.service.js';
import { OrderType } from '../orders/orders.types.js';
import { PAY_PATH } from '../payments/pay.route.js';
import { type Deposit, type DepositCapture, DepositHoldState, DepositState } from './deposit.entity.js';
import { currentHold, isRefused, stateAt } from './deposit-plan.js';
import type { DepositsService } from './deposits.service.js';
import {
  CaptureDepositInput,
  CaptureDepositPayload,
  DepositCaptureType,
  DepositType,
  ReleaseDepositInput,
  ReleaseDepositPayload,
} from './deposits.types.js';

@Resolver(() => OrderType)
export class OrderDepositsResolver {
  constructor(private readonly service: DepositsService) {}

  @FieldResolver(() => [DepositType], {
    description: 'Sums that are held on the buyer’s card while they have rented units, one for each first day.',
  })
  async deposits(@Root() order: OrderState, @Ctx() { em }: GraphQLContext): Promise<Deposit[]> {
    return this.service.depositsOf(em, order.id);
  }

  @Mutation(() => CaptureDepositPayload, {
    description:
      'Takes a part of what is held, once, and releases the rest. DEPOSIT_NOT_HELD, CAPTURE_EXCEEDS_DEPOSIT or DEPOSIT_ALREADY_CAPTURED where that cannot be. For staff.',
  })
  async captureDeposit(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => CaptureDepositInput, { description: 'How much, and what for.' }) input: CaptureDepositInput,
  ): Promise<CaptureDepositPayload> {
    return { deposit: await this.service.capture(context.em, signedIn(context), input) };
  }

  @Mutation(() => ReleaseDepositPayload, {
    description:
      'Releases a deposit before its time; one that is released stays so. DEPOSIT_ALREADY_CAPTURED for one that is captured. For staff.',
  })
  async releaseDeposit(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => ReleaseDepositInput, { description: 'Which one, and why.' }) input: ReleaseDepositInput,
  ): Promise<ReleaseDepositPayload> {
    return { deposit: await this.service.release(context.em, signedIn(context), input) };
  }
}

@Resolver(() => DepositType)
export class DepositResolver {
  constructor(
    private readonly service: DepositsService,
    private readonly orders: OrdersService,
    private readonly clock: Clock,
  ) {}

  @FieldResolver(() => OrderType, { description: 'The order.' })
  async order(@Root() { order }: Deposit, @Ctx() { em }: GraphQLContext): Promise<OrderState> {
    return this.orders.loaded(em, order);
  }

  @FieldResolver(() => DepositState, { description: 'Where it stands.' })
  state(@Root() deposit: Deposit): DepositState {
    return stateAt(deposit, this.clock.now());
  }

  @FieldResolver(() => MoneyType, { description: 'How much was agreed, for all units.' })
  amount(@Root() { amountMinor: amount, currency }: Deposit): Money {
    return { amount, currency };
  }

  @FieldResolver(() => MoneyType, {
    nullable: true,
    description:
      'How much the bank holds: less than agreed when some units are back already. Null while it holds none.',
  })
  async amountHeld(@Root() { id, currency }: Deposit, @Ctx() { em }: GraphQLContext): Promise<Money | null> {
    const hold = currentHold(await this.service.holdsOf(em, id));
    return hold && { amount: hold.amountMinor, currency };
  }

  @FieldResolver(() => MoneyType, { description: 'How much of it the shop took.' })
  async amountCaptured(@Root() { id, currency }: Deposit, @Ctx() { em }: GraphQLContext): Promise<Money> {
    const holds = await this.service.holdsOf(em, id);
    return { amount: holds.reduce((sum, { receivedMinor }) => sum + (receivedMinor ?? 0), 0), currency };
  }

  @FieldResolver(() => ID, {
    nullable: true,
    description: 'The payment by which the shop took it, as in `Order.payments`; null until then.',
  })
  async paymentId(@Root() { id }: Deposit, @Ctx() { em }: GraphQLContext): Promise<string | null> {
    const taken = (await this.service.holdsOf(em, id)).find(({ state }) => state === DepositHoldState.CAPTURED);
    return taken?.paymentIntentId ?? null;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'Where the buyer has the sum held: a path at this API’s address, which leads on to Stripe. Anybody who has it can. Null unless the bank refuses it without them.',
  })
  async payPath(@Root() deposit: Deposit, @Ctx() { em }: GraphQLContext): Promise<string | null> {
    if (deposit.isSettled() || deposit.releaseRequestedAt) return null;
    return isRefused(await this.service.holdsOf(em, deposit.id)) ? `${PAY_PATH}/${deposit.token}` : null;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Why the bank refused it the last time, in Stripe’s word; null for everybody but staff.',
  })
  async refusal(@Root() { id }: Deposit, @Ctx() { em }: GraphQLContext): Promise<string | null> {
    const holds = await this.service.holdsOf(em, id);
    return (isRefused(holds) && holds.findLast(({ refusal }) => refusal != null)?.refusal) || null;
  }

  @FieldResolver(() => DepositCaptureType, {
    nullable: true,
    description: 'What staff took of it, or tried to take the last time; null where they did not.',
  })
  async capture(@Root() { id }: Deposit, @Ctx() { em }: GraphQLContext): Promise<DepositCapture | null> {
    return (await this.service.capturesOf(em, id)).at(-1) ?? null;
  }
}

@Resolver(() => DepositCaptureType)
export class DepositCaptureResolver {
  @FieldResolver(() => MoneyType, { description: 'How much was asked for.' })
  amount(@Root() { amountMinor: amount, deposit }: DepositCapture): Money {
    return { amount, currency: deposit.currency };
  }

  @FieldResolver(() => String, { nullable: true, description: 'Why; null for everybody but staff.' })
  note(@Root() { note }: DepositCapture): string {
    return note;
  }

  @FieldResolver(() => ID, {
    nullable: true,
    description: 'The `sub` of the tokens of the member of staff who asked for it; null for everybody but staff.',
  })
  requestedById(@Root() { requestedBy }: DepositCapture): string | null {
    return actorId(requestedBy);
  }
}
