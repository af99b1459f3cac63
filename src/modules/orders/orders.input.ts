/** Filters for lists of orders. */
import { IsOptional, ValidateNested } from 'class-validator';
import { GraphQLLocalDate } from 'graphql-scalars';
import { Field, ID, InputType } from 'type-graphql';
import { Text } from '../../platform/graphql/text.input.js';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';
import { ItemType } from '../catalogue/item-type.js';
import { FulfillmentStatus } from './fulfillment-status.js';
import { DisputeStatus, RefundStatus } from './refund-and-dispute-status.js';

@InputType({ description: 'An item of the catalogue.' })
export class ItemReferenceInput {
  @Field(() => ItemType, { description: 'Whether the id is that of a product or of equipment.' })
  type!: ItemType;

  @Field(() => ID, { description: 'Id of the item.' })
  id!: string;
}

@InputType({ description: 'What orders have in common; everything that is given has to hold.' })
export class OrderFilterInput {
  @Field(() => GraphQLLocalDate, {
    nullable: true,
    description: 'Placed on this day or later, in the time zone of the shop.',
  })
  placedFrom?: CalendarDate | null;

  @Field(() => GraphQLLocalDate, { nullable: true, description: 'Placed on this day or earlier.' })
  placedTo?: CalendarDate | null;

  @Field(() => ItemReferenceInput, { nullable: true, description: 'With a line for this item.' })
  @IsOptional()
  @ValidateNested()
  item?: ItemReferenceInput | null;

  @Field(() => RefundStatus, { nullable: true, description: 'Whether they were refunded.' })
  refundStatus?: RefundStatus | null;

  @Field(() => DisputeStatus, { nullable: true, description: 'Whether their payment is disputed.' })
  disputeStatus?: DisputeStatus | null;

  @Field(() => FulfillmentStatus, {
    nullable: true,
    description:
      'How far the goods of paid orders are handed over; CANCELED also finds orders that ended without being paid.',
  })
  fulfillmentStatus?: FulfillmentStatus | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Words of the customer’s name or e-mail address, up to 100 characters: any part of either, or the beginning for a word without three letters or digits in a row. For staff only.',
  })
  @IsOptional()
  @Text(100)
  customer?: string | null;
}
