/** Stored events in the schema, without their bodies, which hold personal data. */
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionTypeOf } from '../../platform/graphql/connection.types.js';
import { type InboxEvent, InboxState } from './inbox-event.entity.js';

registerEnumType(InboxState, {
  name: 'WebhookEventStatus',
  description: 'The state of an event.',
  valuesConfig: {
    PROCESSED: { description: 'It was applied.' },
    IGNORED: { description: 'There was nothing to do.' },
    RECEIVED: { description: 'It has another version of Stripe’s API; its object is read from Stripe.' },
    UNMATCHED: { description: 'No order is linked to its payment yet; retried for a day.' },
    FAILED: { description: 'Its handler failed; retried, less and less often.' },
    DEAD: { description: 'Dead-lettered: look into it, then replay it.' },
  },
});

@ObjectType('WebhookEvent', { description: 'An event that Stripe sent, or that was read from its list.' })
export class WebhookEventType {
  @Field(() => ID, { description: 'Stripe’s `evt_…`.' })
  id!: string;

  @Field(() => String, { description: 'Such as checkout.session.completed.' })
  type!: string;

  @Field(() => InboxState, { name: 'status', description: 'Its state.' })
  state!: InboxState;

  @Field(() => Int, { description: 'The number of attempts to apply it.' })
  attempts!: number;

  @Field(() => String, { nullable: true, description: 'Why it could not be applied.' })
  error!: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the order that it is about.' })
  orderId!: string | null;

  @Field(() => ID, { nullable: true, description: 'The Stripe Checkout Session that it is about.' })
  checkoutSessionId!: string | null;

  @Field(() => ID, { nullable: true, description: 'The payment that it is about.' })
  paymentIntentId!: string | null;

  @Field(() => GraphQLDateTime, { description: 'When the change happened at Stripe.' })
  stripeCreatedAt!: Date;

  @Field(() => GraphQLDateTime, { description: 'When it arrived.' })
  receivedAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it was handled; null while it is retried.' })
  handledAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it is retried; null when it is handled.' })
  nextAttemptAt!: Date | null;
}

@ObjectType({ description: 'The event after it was applied once more.' })
export class ReplayWebhookEventPayload {
  @Field(() => WebhookEventType, { description: 'The event.' })
  event!: InboxEvent;
}

/** One page of stored events. */
export const WebhookEventConnectionType = connectionTypeOf('WebhookEvent', () => WebhookEventType);
