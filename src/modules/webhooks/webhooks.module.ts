/** Stripe's events: receiving, retrying, replaying and pruning them. */
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import type { ShopModule } from '../../platform/module.js';
import type { PaymentGateway } from '../../stripe/payment-gateway.js';
import type { OrdersService } from '../orders/orders.service.js';
import type { InboxService } from './inbox.service.js';
import { InboxEvent } from './inbox-event.entity.js';
import { PruneEventsJob } from './prune-events.job.js';
import { RetryEventsJob } from './retry-events.job.js';
import { WebhookEventResolver, WebhookEventsResolver } from './webhook-events.resolver.js';
import type { WebhookEventsService } from './webhook-events.service.js';

interface WebhooksDependencies {
  webhookEvents: WebhookEventsService;
  inbox: InboxService;
  orders: OrdersService;
  gateway: PaymentGateway;
  clock: Clock;
  logger: Logger;
}

export const webhooksModule: ShopModule<WebhooksDependencies> = {
  entities: [InboxEvent],
  resolvers: [WebhookEventsResolver, WebhookEventResolver],
  createResolvers: ({ webhookEvents, orders }) => [
    new WebhookEventsResolver(webhookEvents),
    new WebhookEventResolver(orders),
  ],
  createJobs: ({ inbox, gateway, clock, logger }) => [
    new RetryEventsJob(inbox, gateway, clock, logger),
    new PruneEventsJob(clock, logger),
  ],
  access: {
    'Query.webhookEvents': 'staff',
    'Mutation.replayWebhookEvent': 'staff',
    ReplayWebhookEventPayload: 'staff',
    WebhookEvent: 'staff',
    WebhookEventConnection: 'staff',
    WebhookEventEdge: 'staff',
  },
};
