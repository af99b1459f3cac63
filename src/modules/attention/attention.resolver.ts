/** What waits for a person. */
import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { type Connection, toConnection } from '../../platform/graphql/connection.types.js';
import type { GraphQLContext } from '../../platform/graphql/context.js';
import type { Deposit } from '../deposits/deposit.entity.js';
import type { DepositsService } from '../deposits/deposits.service.js';
import { DepositType } from '../deposits/deposits.types.js';
import type { Dispute } from '../disputes/dispute.entity.js';
import type { DisputesService } from '../disputes/disputes.service.js';
import { DisputeType } from '../disputes/disputes.types.js';
import type { Fee } from '../fees/fee.entity.js';
import type { FeesService } from '../fees/fees.service.js';
import { FeeType, LateFeeProposalType } from '../fees/fees.types.js';
import type { LateFeeProposal, LateFeesService } from '../fees/late-fees.service.js';
import type { Order } from '../orders/order.entity.js';
import type { OrdersService } from '../orders/orders.service.js';
import { OrderType } from '../orders/orders.types.js';
import type { Refund } from '../refunds/refund.entity.js';
import type { RefundsService } from '../refunds/refunds.service.js';
import { RefundType } from '../refunds/refunds.types.js';
import type { InboxEvent } from '../webhooks/inbox-event.entity.js';
import type { WebhookEventsService } from '../webhooks/webhook-events.service.js';
import { WebhookEventType } from '../webhooks/webhook-events.types.js';
import type { Withdrawal } from '../withdrawals/withdrawal.entity.js';
import type { WithdrawalsService } from '../withdrawals/withdrawals.service.js';
import { WithdrawalType } from '../withdrawals/withdrawals.types.js';
import type { AttentionEntry, AttentionService } from './attention.service.js';
import { AttentionConnectionType, AttentionEntryType } from './attention.types.js';
import { AttentionAction, AttentionKind, actionsOn } from './attention-kind.js';

const DEFAULT_SIZE = 50;
const OF_DEPOSITS = [AttentionKind.DEPOSIT_ACTION_REQUIRED, AttentionKind.DEPOSIT_EXPIRING];
const OF_REFUNDS = [AttentionKind.REFUND_FAILED, AttentionKind.REFUND_BLOCKED, AttentionKind.REFUND_STUCK];

@Resolver()
export class AttentionResolver {
  constructor(private readonly service: AttentionService) {}

  @Query(() => AttentionConnectionType, {
    description: 'What waits for a person, what has waited longest first (staff). An entry goes once it is seen to.',
  })
  async attention(
    @Ctx() { em }: GraphQLContext,
    @Arg('kind', () => AttentionKind, { nullable: true, description: 'Only this kind.' }) kind?: AttentionKind | null,
    @Arg('first', () => Int, { nullable: true, defaultValue: DEFAULT_SIZE, description: 'How many, 1 to 100.' })
    first?: number | null,
    @Arg('after', () => String, { nullable: true, description: 'The `endCursor` of the page before.' }) after?:
      | string
      | null,
  ): Promise<Connection<AttentionEntry>> {
    return toConnection(await this.service.list(em, { kind, first: first ?? DEFAULT_SIZE, after }));
  }
}

@Resolver(() => AttentionEntryType)
export class AttentionEntryResolver {
  constructor(
    private readonly orders: OrdersService,
    private readonly refunds: RefundsService,
    private readonly events: WebhookEventsService,
    private readonly disputes: DisputesService,
    private readonly withdrawals: WithdrawalsService,
    private readonly fees: FeesService,
    private readonly lateFees: LateFeesService,
    private readonly deposits: DepositsService,
  ) {}

  @FieldResolver(() => [AttentionAction], { description: 'What can be done, the most usual first.' })
  async actions(
    @Root() { kind, id }: AttentionEntry,
    @Ctx() { em }: GraphQLContext,
  ): Promise<readonly AttentionAction[]> {
    if (kind !== AttentionKind.REFUND_FAILED) return actionsOn[kind];
    const refund = await this.refunds.findById(em, id);
    // What was made in the dashboard is not made from here, though staff may have paid in another way.
    return refund?.isMadeHere() ? actionsOn[kind] : [AttentionAction.CLOSE_REFUND];
  }

  @FieldResolver(() => OrderType, { nullable: true, description: 'The order; null where none is known.' })
  async order(@Root() { orderId }: AttentionEntry, @Ctx() { em }: GraphQLContext): Promise<Order | null> {
    return orderId === null ? null : this.orders.findById(em, orderId);
  }

  @FieldResolver(() => RefundType, { nullable: true, description: 'The refund; null for other kinds.' })
  async refund(@Root() { kind, id }: AttentionEntry, @Ctx() { em }: GraphQLContext): Promise<Refund | null> {
    return OF_REFUNDS.includes(kind) ? this.refunds.findById(em, id) : null;
  }

  @FieldResolver(() => DisputeType, { nullable: true, description: 'The dispute; null for other kinds.' })
  async dispute(@Root() { kind, id }: AttentionEntry, @Ctx() { em }: GraphQLContext): Promise<Dispute | null> {
    return kind === AttentionKind.DISPUTE_RESPONSE_DUE ? this.disputes.findById(em, id) : null;
  }

  @FieldResolver(() => DepositType, { nullable: true, description: 'The deposit; null for other kinds.' })
  async deposit(@Root() { kind, id }: AttentionEntry, @Ctx() { em }: GraphQLContext): Promise<Deposit | null> {
    return OF_DEPOSITS.includes(kind) ? this.deposits.findById(em, id) : null;
  }

  @FieldResolver(() => FeeType, { nullable: true, description: 'The fee; null for other kinds.' })
  async fee(@Root() { kind, id }: AttentionEntry, @Ctx() { em }: GraphQLContext): Promise<Fee | null> {
    return kind === AttentionKind.FEE_UNPAID ? this.fees.findById(em, id) : null;
  }

  @FieldResolver(() => LateFeeProposalType, { nullable: true, description: 'The late fee; null for other kinds.' })
  async lateFee(@Root() { kind, id }: AttentionEntry, @Ctx() { em }: GraphQLContext): Promise<LateFeeProposal | null> {
    return kind === AttentionKind.LATE_FEE_PROPOSED ? this.lateFees.findById(em, id) : null;
  }

  @FieldResolver(() => WithdrawalType, { nullable: true, description: 'The withdrawal; null for other kinds.' })
  async withdrawal(@Root() { kind, id }: AttentionEntry, @Ctx() { em }: GraphQLContext): Promise<Withdrawal | null> {
    return kind === AttentionKind.WITHDRAWAL_REQUESTED ? this.withdrawals.findById(em, id) : null;
  }

  @FieldResolver(() => WebhookEventType, { nullable: true, description: 'The event; null for other kinds.' })
  async webhookEvent(@Root() { kind, id }: AttentionEntry, @Ctx() { em }: GraphQLContext): Promise<InboxEvent | null> {
    return kind === AttentionKind.WEBHOOK_EVENT_DEAD ? this.events.find(em, id) : null;
  }
}
