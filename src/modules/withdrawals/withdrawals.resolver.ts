/** Withdrawing from the contract. */
import { GraphQLLocalDate } from 'graphql-scalars';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Resolver, Root } from 'type-graphql';
import { actorId } from '../../platform/auth/viewer.js';
import { type GraphQLContext, signedIn } from '../../platform/graphql/context.js';
import type { OrderState } from '../orders/order.entity.js';
import type { OrderLineState } from '../orders/order-line.entity.js';
import type { OrdersService } from '../orders/orders.service.js';
import { OrderLineType, OrderType } from '../orders/orders.types.js';
import type { Withdrawal, WithdrawalLine } from './withdrawal.entity.js';
import type { WithdrawalsService } from './withdrawals.service.js';
import {
  CloseWithdrawalInput,
  CloseWithdrawalPayload,
  WithdrawalLineType,
  WithdrawalType,
  WithdrawInput,
  WithdrawPayload,
} from './withdrawals.types.js';

@Resolver(() => OrderType)
export class OrderWithdrawalsResolver {
  constructor(private readonly service: WithdrawalsService) {}

  @FieldResolver(() => [WithdrawalType], { description: 'What the buyer has withdrawn from, the earliest first.' })
  async withdrawals(@Root() order: OrderState, @Ctx() { em }: GraphQLContext): Promise<Withdrawal[]> {
    return this.service.withdrawalsOf(em, order.id);
  }

  @Mutation(() => WithdrawPayload, {
    description:
      'The buyer withdraws from the contract on goods of a paid order; staff can declare it for them. Units that are booked for later are free at once, and staff send the money back. WITHDRAWAL_NOT_POSSIBLE for lines without the right, and once it is too late.',
  })
  async withdraw(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => WithdrawInput, { description: 'From what.' }) input: WithdrawInput,
  ): Promise<WithdrawPayload> {
    const withdrawal = await this.service.withdraw(context.em, signedIn(context), input);
    return { order: withdrawal.order, withdrawal };
  }

  @Mutation(() => CloseWithdrawalPayload, {
    description: 'Records that nothing is refunded for a withdrawal, and why. For staff.',
  })
  async closeWithdrawal(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => CloseWithdrawalInput, { description: 'Which one, and why.' }) input: CloseWithdrawalInput,
  ): Promise<CloseWithdrawalPayload> {
    const { withdrawalId, note } = input;
    return { withdrawal: await this.service.closeWithdrawal(context.em, signedIn(context), withdrawalId, note) };
  }
}

@Resolver(() => OrderLineType)
export class WithdrawableLineResolver {
  constructor(private readonly service: WithdrawalsService) {}

  @FieldResolver(() => Int, {
    description: 'From how many pieces, or units, the buyer can withdraw now, by `withdraw`.',
  })
  async withdrawableQuantity(@Root() line: OrderLineState, @Ctx() { em }: GraphQLContext): Promise<number> {
    return (await this.service.rightOf(em, line.id)).quantity;
  }

  @FieldResolver(() => GraphQLLocalDate, {
    nullable: true,
    description:
      'The last day on which the buyer can withdraw; null without the right, and until all pieces have left for them.',
  })
  async withdrawableUntil(@Root() line: OrderLineState, @Ctx() { em }: GraphQLContext): Promise<string | null> {
    return (await this.service.rightOf(em, line.id)).until;
  }
}

@Resolver(() => WithdrawalType)
export class WithdrawalResolver {
  constructor(
    private readonly orders: OrdersService,
    private readonly service: WithdrawalsService,
  ) {}

  @FieldResolver(() => OrderType, { description: 'The order.' })
  async order(@Root() { order }: Withdrawal, @Ctx() { em }: GraphQLContext): Promise<OrderState> {
    return this.orders.loaded(em, order);
  }

  @FieldResolver(() => [WithdrawalLineType], { description: 'Its lines, and how many pieces of each.' })
  async lines(@Root() { id }: Withdrawal, @Ctx() { em }: GraphQLContext): Promise<WithdrawalLine[]> {
    return this.service.linesOf(em, id);
  }

  @FieldResolver(() => ID, {
    nullable: true,
    description: 'The `sub` of the tokens of who declared it; null for everybody but staff.',
  })
  actorId(@Root() { actor }: Withdrawal): string | null {
    return actorId(actor);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Why staff closed it without a refund; null for everybody but staff.',
  })
  closedNote(@Root() { closedNote }: Withdrawal): string | null {
    return closedNote ?? null;
  }
}
