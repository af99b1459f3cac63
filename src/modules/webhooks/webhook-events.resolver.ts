/** The inbox in the schema, for staff. */
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type Connection, toConnection } from '../../platform/graphql/connection.types.js';
import type { GraphQLContext } from '../../platform/graphql/context.js';
import { DEFAULT_PAGE_SIZE } from '../../platform/kernel/page.js';
import type { Order } from '../orders/order.entity.js';
import type { OrdersService } from '../orders/orders.service.js';
import { OrderType } from '../orders/orders.types.js';
import { type InboxEvent, InboxState } from './inbox-event.entity.js';
import type { WebhookEventsService } from './webhook-events.service.js';
import { ReplayWebhookEventPayload, WebhookEventConnectionType, WebhookEventType } from './webhook-events.types.js';

@Resolver()
export class WebhookEventsResolver {
  constructor(private readonly service: WebhookEventsService) {}

  @Query(() => WebhookEventConnectionType, { description: 'Events that Stripe sent, the newest first. For staff.' })
  async webhookEvents(
    @Ctx() { em }: GraphQLContext,
    @Arg('status', () => InboxState, { nullable: true, description: 'Only events in this state.' })
    status?: InboxState | null,
    @Arg('first', () => Int, {
      nullable: true,
      defaultValue: DEFAULT_PAGE_SIZE,
      description: 'How many events, 1 to 100.',
    })
    first?: number | null,
    @Arg('after', () => String, { nullable: true, description: 'The `endCursor` of the page before.' })
    after?: string | null,
  ): Promise<Connection<InboxEvent>> {
    return toConnection(await this.service.list(em, { status, first: first ?? null, after }));
  }

  @Mutation(() => ReplayWebhookEventPayload, {
    description: 'Applies a stored event once more, which is safe any number of times. For staff.',
  })
  async replayWebhookEvent(
    @Ctx() { em }: GraphQLContext,
    @Arg('id', () => ID, { description: 'Stripe’s `evt_…`.' }) id: string,
  ): Promise<ReplayWebhookEventPayload> {
    return { event: await this.service.replay(em, id) };
  }
}

@Resolver(() => WebhookEventType)
export class WebhookEventResolver {
  constructor(private readonly orders: OrdersService) {}

  @FieldResolver(() => OrderType, { nullable: true, description: 'The order that it is about.' })
  async order(@Root() { orderId }: InboxEvent, @Ctx() { em }: GraphQLContext): Promise<Order | null> {
    return orderId ? this.orders.findById(em, orderId) : null;
  }
}
