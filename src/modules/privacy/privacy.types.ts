/** Types for exporting and anonymising customers. */
import { GraphQLDateTime, GraphQLJSONObject } from 'graphql-scalars';
import { Field, ID, Int, ObjectType } from 'type-graphql';

@ObjectType({ description: 'What was erased by this request; zeros where it had been erased before.' })
export class AnonymizeCustomerPayload {
  @Field(() => ID, { description: 'The `sub` of the buyer’s tokens.' })
  buyerId!: string;

  @Field(() => Int, { description: 'How many orders told who the buyer is, and no longer do.' })
  orderCount!: number;

  @Field(() => Int, { description: 'How many stored Stripe events did, likewise.' })
  eventCount!: number;
}

@ObjectType('CustomerExport', { description: 'One page of everything that is held about a customer.' })
export class CustomerExportType {
  @Field(() => ID, { description: 'The `sub` of the buyer’s tokens.' })
  buyerId!: string;

  @Field(() => GraphQLDateTime, { description: 'When it was exported.' })
  exportedAt!: Date;

  @Field(() => Int, { description: 'How many orders there are on all pages.' })
  orderCount!: number;

  @Field(() => [GraphQLJSONObject], {
    description:
      'The orders of this page, each with its customer, lines, rented units, payments, refunds, disputes, timeline, request to Stripe, and the ids of its Stripe events. Amounts are in minor units.',
  })
  orders!: Record<string, unknown>[];

  @Field(() => Boolean, { description: 'Whether more orders follow.' })
  hasNextPage!: boolean;

  @Field(() => String, { nullable: true, description: '`after` of the next page; null on an empty one.' })
  endCursor!: string | null;
}
