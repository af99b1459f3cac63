/** Disputes, as staff answer them. */
import { Arg, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type Connection, toConnection } from '../../platform/graphql/connection.types.js';
import { type GraphQLContext, signedIn } from '../../platform/graphql/context.js';
import { MoneyType } from '../../platform/graphql/money.types.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { enumValue } from '../../platform/kernel/enum-value.js';
import type { Money } from '../../platform/kernel/money.js';
import { DEFAULT_PAGE_SIZE } from '../../platform/kernel/page.js';
import type { DisputeEvidence } from '../../stripe/payment-gateway.js';
import type { OrderState } from '../orders/order.entity.js';
import type { OrdersService } from '../orders/orders.service.js';
import { OrderType } from '../orders/orders.types.js';
import type { Dispute } from './dispute.entity.js';
import { EvidenceFileField, EvidenceTextField, providerField } from './dispute-evidence.js';
import type { DisputesService } from './disputes.service.js';
import {
  AcceptDisputeInput,
  AcceptDisputePayload,
  DisputeConnectionType,
  DisputeFilterInput,
  DisputeProgress,
  DisputeType,
  EvidenceFileType,
  EvidenceTextType,
  StageDisputeEvidenceInput,
  StageDisputeEvidencePayload,
  SubmitDisputeEvidenceInput,
  SubmitDisputeEvidencePayload,
} from './disputes.types.js';

@Resolver(() => OrderType)
export class OrderDisputesResolver {
  constructor(private readonly service: DisputesService) {}

  @FieldResolver(() => [DisputeType], { description: 'Disputes of its payments, the earliest first (staff).' })
  async disputes(@Root() order: OrderState, @Ctx() { em }: GraphQLContext): Promise<Dispute[]> {
    return this.service.disputesOf(em, order.id);
  }

  @Query(() => DisputeConnectionType, {
    name: 'disputes',
    description: 'Disputes, what has to be answered first coming first (staff).',
  })
  async listDisputes(
    @Ctx() { em }: GraphQLContext,
    @Arg('filter', () => DisputeFilterInput, { nullable: true, description: 'Which ones; all when absent.' })
    filter?: DisputeFilterInput | null,
    @Arg('first', () => Int, {
      nullable: true,
      defaultValue: DEFAULT_PAGE_SIZE,
      description: 'How many disputes, 1 to 100.',
    })
    first?: number | null,
    @Arg('after', () => String, { nullable: true, description: 'The `endCursor` of the page before.' }) after?:
      | string
      | null,
  ): Promise<Connection<Dispute>> {
    return toConnection(await this.service.list(em, { ...filter, first, after }));
  }

  @Mutation(() => StageDisputeEvidencePayload, {
    description:
      'Stages texts as evidence, without submitting them; what was never staged is filled in from the order. DISPUTE_NOT_ANSWERABLE, or EVIDENCE_ALREADY_SUBMITTED, where it is too late. For staff.',
  })
  async stageDisputeEvidence(
    @Ctx() { em }: GraphQLContext,
    @Arg('input', () => StageDisputeEvidenceInput, { description: 'The dispute, and texts.' })
    { disputeId, texts }: StageDisputeEvidenceInput,
  ): Promise<StageDisputeEvidencePayload> {
    rejectRepeatedFields(texts ?? []);
    return { dispute: await this.service.stageTexts(em, disputeId, texts ?? []) };
  }

  @Mutation(() => SubmitDisputeEvidencePayload, {
    description:
      'Submits the staged evidence to the bank, which can be done once. DISPUTE_NOT_ANSWERABLE, or EVIDENCE_ALREADY_SUBMITTED, where it is too late. For staff.',
  })
  async submitDisputeEvidence(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => SubmitDisputeEvidenceInput, { description: 'The dispute, and the confirmation.' })
    input: SubmitDisputeEvidenceInput,
  ): Promise<SubmitDisputeEvidencePayload> {
    requireConfirmation(input);
    return { dispute: await this.service.submit(context.em, signedIn(context), input.disputeId) };
  }

  @Mutation(() => AcceptDisputePayload, {
    description:
      'Accepts a dispute for good, so that the buyer keeps the money. DISPUTE_NOT_ANSWERABLE where it is too late. For staff.',
  })
  async acceptDispute(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => AcceptDisputeInput, { description: 'The dispute, and the confirmation.' })
    input: AcceptDisputeInput,
  ): Promise<AcceptDisputePayload> {
    requireConfirmation(input);
    return { dispute: await this.service.accept(context.em, signedIn(context), input.disputeId) };
  }
}

@Resolver(() => DisputeType)
export class DisputeResolver {
  constructor(
    private readonly service: DisputesService,
    private readonly orders: OrdersService,
  ) {}

  @FieldResolver(() => OrderType, { description: 'The order whose payment is disputed.' })
  async order(@Root() { order }: Dispute, @Ctx() { em }: GraphQLContext): Promise<OrderState> {
    return this.orders.loaded(em, order);
  }

  @FieldResolver(() => MoneyType, { description: 'How much of the payment is disputed.' })
  amount(@Root() { amountMinor: amount, currency }: Dispute): Money {
    return { amount, currency };
  }

  @FieldResolver(() => MoneyType, { description: 'What the bank has withdrawn of it, and not given back.' })
  amountTaken(@Root() { takenMinor: amount, currency }: Dispute): Money {
    return { amount, currency };
  }

  @FieldResolver(() => DisputeProgress, { description: 'Where it stands, in Stripe’s words.' })
  status(@Root() { providerStatus }: Dispute): DisputeProgress {
    return enumValue(DisputeProgress, providerStatus.toUpperCase(), DisputeProgress.OTHER);
  }

  @FieldResolver(() => [EvidenceTextType], {
    description: 'Texts that Stripe has as evidence: what was staged, and what it knows itself.',
  })
  texts(@Root() { evidence }: Dispute): EvidenceTextType[] {
    return textsIn(evidence ?? {});
  }

  @FieldResolver(() => [EvidenceFileType], { description: 'Files that Stripe has as evidence.' })
  files(@Root() { evidence }: Dispute): EvidenceFileType[] {
    return Object.values(EvidenceFileField).flatMap((field) => {
      const fileId = evidence?.[providerField(field)];
      return fileId ? [{ field, fileId }] : [];
    });
  }

  @FieldResolver(() => [EvidenceTextType], { description: 'Texts that the order gives: what is staged by itself.' })
  async suggestedTexts(@Root() dispute: Dispute, @Ctx() { em }: GraphQLContext): Promise<EvidenceTextType[]> {
    return textsIn(await this.service.suggestedEvidence(em, dispute));
  }
}

function textsIn(evidence: DisputeEvidence): EvidenceTextType[] {
  return Object.values(EvidenceTextField).flatMap((field) => {
    const text = evidence[providerField(field)];
    return text ? [{ field, text }] : [];
  });
}

function rejectRepeatedFields(texts: readonly { field: EvidenceTextField }[]): void {
  texts.forEach(({ field }, index) => {
    if (texts.findIndex((other) => other.field === field) < index) {
      throw DomainError.badInput(`texts[${index}].field`, 'is given twice');
    }
  });
}

function requireConfirmation({ confirm }: { confirm: boolean }): void {
  if (!confirm) throw DomainError.badInput('confirm', 'has to be true: it cannot be undone');
}
