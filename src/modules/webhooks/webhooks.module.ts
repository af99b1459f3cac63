/** Events of Stripe, and what is drawn from them. */
import type { ShopModule } from '../../platform/module.js';
import { InboxEvent } from './inbox-event.entity.js';
import { StripeAccount } from './stripe-account.entity.js';
import { WebhookEventsResolver } from './webhook-events.resolver.js';
import type { WebhookEventsService } from './webhook-events.service.js';

interface WebhooksNeeds {
  webhookEvents: WebhookEventsService;
}

export const webhooksModule: ShopModule<WebhooksNeeds> = {
  entities: [InboxEvent, StripeAccount],
  resolvers: [WebhookEventsResolver],
  createResolvers: ({ webhookEvents }) => [new WebhookEventsResolver(webhookEvents)],
  access: {
    'Query.webhookEvents': 'staff',
    'Mutation.replayWebhookEvent': 'staff',
    WebhookEvent: 'staff',
    WebhookEventConnection: 'staff',
    WebhookEventEdge: 'staff',
  },
};
