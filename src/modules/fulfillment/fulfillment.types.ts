/** Handing goods over, and putting them on offer again, in the schema. */
import { ArrayMaxSize, ArrayMinSize, IsOptional, Max, Min, ValidateNested } from 'class-validator';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Lines, Text } from '../../platform/graphql/text.input.js';
import type { Order } from '../orders/order.entity.js';
import type { OrderLine } from '../orders/order-line.entity.js';
import { OrderLineType, OrderType } from '../orders/orders.types.js';
import type { Fulfillment } from './fulfillment.entity.js';

@ObjectType('FulfillmentLine', { description: 'How many pieces of a line were handed over or sent at once.' })
export class FulfillmentLineType {
  @Field(() => OrderLineType, { description: 'The line.' })
  line!: OrderLine;

  @Field(() => Int, { description: 'Pieces.' })
  quantity!: number;
}

@ObjectType('Fulfillment', { description: 'Products of an order that were handed over or sent at once.' })
export class FulfillmentType {
  @Field(() => ID, { description: 'Opaque id.' })
  id!: string;

  @Field(() => GraphQLDateTime, { description: 'When it was recorded.' })
  at!: Date;

  @Field(() => String, { nullable: true, description: 'Who carries it; null for what was handed over.' })
  carrier!: string | null;

  @Field(() => String, { nullable: true, description: 'The number by which the carrier finds it.' })
  trackingNumber!: string | null;
}

@InputType({ description: 'How much of a line is handed over.' })
export class FulfillmentLineInput {
  @Field(() => ID, { description: 'Id of the line.' })
  lineId!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'Pieces, 1 to 100; all that are still to be handed over when absent.',
  })
  @IsOptional()
  @Min(1)
  @Max(100)
  quantity?: number | null;
}

@InputType({ description: 'Products that are handed over or sent.' })
export class MarkFulfilledInput {
  @Field(() => ID, { description: 'Id of the order.' })
  orderId!: string;

  @Field(() => [FulfillmentLineInput], {
    nullable: true,
    description: 'Which of its products, 1 to 50 lines; everything that is still to be handed over when absent.',
  })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ValidateNested()
  lines?: FulfillmentLineInput[] | null;

  @Field(() => String, { nullable: true, description: 'Who carries it, up to 100 characters.' })
  @IsOptional()
  @Text(100)
  carrier?: string | null;

  @Field(() => String, { nullable: true, description: 'The carrier’s number, up to 100 characters.' })
  @IsOptional()
  @Text(100)
  trackingNumber?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Confirms that the money has gone back to the buyer, or is on its way.',
  })
  despiteRefund!: boolean;

  @Field(() => Boolean, { defaultValue: false, description: 'Confirms that the payment is disputed.' })
  despiteDispute!: boolean;

  @Field(() => String, { description: 'Chosen by the client, 1 to 255 characters: the same key records it once.' })
  @Text(255)
  idempotencyKey!: string;
}

@ObjectType({ description: 'What was handed over, with its order.' })
export class MarkFulfilledPayload {
  @Field(() => OrderType, { description: 'The order.' })
  order!: Order;

  @Field(() => FulfillmentType, { description: 'What was handed over.' })
  fulfillment!: Fulfillment;
}

@InputType({ description: 'Goods of a paid line that are on offer again, without a refund.' })
export class ReleaseLineInput {
  @Field(() => ID, { description: 'Id of the line.' })
  lineId!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'Pieces, or units, 1 to 100; all that have not come back when absent, or the units that are named.',
  })
  @IsOptional()
  @Min(1)
  @Max(100)
  quantity?: number | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'Which units of a rental, of those that are not out; any of them when absent.',
  })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  unitIds?: string[] | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Confirms that pieces which had been handed over are in the shop again.',
  })
  receivedBack!: boolean;

  @Field(() => String, { description: 'Why, for staff, up to 200 characters.' })
  @Lines(200)
  note!: string;

  @Field(() => String, { description: 'Chosen by the client, 1 to 255 characters: the same key releases once.' })
  @Text(255)
  idempotencyKey!: string;
}

@ObjectType({ description: 'A line of which goods are on offer again.' })
export class ReleaseLinePayload {
  @Field(() => OrderLineType, { description: 'The line.' })
  line!: OrderLine;
}
