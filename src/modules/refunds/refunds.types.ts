/** Refunds in the schema. */
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { RefundState } from './refund.entity.js';

registerEnumType(RefundState, {
  name: 'RefundState',
  description: 'Where a refund stands.',
  valuesConfig: {
    DUE: { description: 'To be issued at Stripe, within moments.' },
    PENDING: { description: 'Stripe has accepted it; the money is on its way.' },
    SUCCEEDED: { description: 'The money has gone back.' },
    FAILED: { description: 'Stripe refused it, or the money came back. Staff may try again.' },
    CANCELED: { description: 'It will not be made; another may have taken its place.' },
    BLOCKED: {
      description:
        'The payment is disputed: the bank may return the money itself. Due, or settled, once that is decided.',
    },
    SETTLED_ELSEWHERE: {
      description:
        'Nothing is left to send: refunds made at Stripe, or the bank, gave it back. Due again if that is undone.',
    },
  },
});

@ObjectType('Refund', { description: 'Money that goes back to the buyer.' })
export class RefundType {
  @Field(() => ID, { description: 'Opaque id.' })
  id!: string;

  @Field(() => RefundState, { description: 'Where it stands.' })
  state!: RefundState;

  @Field(() => String, { description: 'Why the money goes back.' })
  reason!: string;

  @Field(() => String, { nullable: true, description: 'Stripe’s `re_…`; null until Stripe has accepted it.' })
  stripeRefundId!: string | null;

  @Field(() => GraphQLDateTime, { description: 'When it became due, or was made at Stripe.' })
  createdAt!: Date;
}
