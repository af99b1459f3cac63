/** Withdrawals in the schema. */
import { ArrayMaxSize, ArrayMinSize, IsOptional, Max, Min, ValidateNested } from 'class-validator';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Lines } from '../../platform/graphql/text.input.js';
import type { Order } from '../orders/order.entity.js';
import type { OrderLine } from '../orders/order-line.entity.js';
import { OrderLineType, OrderType } from '../orders/orders.types.js';
import type { Withdrawal } from './withdrawal.entity.js';

@ObjectType('WithdrawalLine', { description: 'How much of a line the buyer has withdrawn from.' })
export class WithdrawalLineType {
  @Field(() => OrderLineType, { description: 'The line.' })
  line!: OrderLine;

  @Field(() => Int, { description: 'Pieces, or units.' })
  quantity!: number;
}

@ObjectType('Withdrawal', {
  description: 'A statement of the buyer’s that they withdraw from the contract: what they get as its acknowledgement.',
})
export class WithdrawalType {
  @Field(() => ID, { description: 'Opaque id; the refund names it.' })
  id!: string;

  @Field(() => GraphQLDateTime, { description: 'When the shop received it.' })
  at!: Date;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When a refund named it, or staff closed it without one; null while it waits.',
  })
  closedAt!: Date | null;
}

@InputType({ description: 'How much of a line the buyer withdraws from.' })
export class WithdrawalLineInput {
  @Field(() => ID, { description: 'Id of the line.' })
  lineId!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'Pieces, or units, 1 to 100; all of `withdrawableQuantity` when absent.',
  })
  @IsOptional()
  @Min(1)
  @Max(100)
  quantity?: number | null;
}

@InputType({ description: 'A buyer withdraws from the contract.' })
export class WithdrawInput {
  @Field(() => ID, { description: 'Id of the order.' })
  orderId!: string;

  @Field(() => [WithdrawalLineInput], {
    nullable: true,
    description: 'From which of its lines, 1 to 50; from all that are `withdrawable` when absent.',
  })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ValidateNested()
  lines?: WithdrawalLineInput[] | null;

  @Field(() => Boolean, {
    description: 'Has to be true: the buyer has confirmed the withdrawal on a page that showed what it is about.',
  })
  confirm!: boolean;
}

@ObjectType({ description: 'What the buyer has declared, with its order.' })
export class WithdrawPayload {
  @Field(() => OrderType, { description: 'The order.' })
  order!: Order;

  @Field(() => WithdrawalType, { description: 'The withdrawal.' })
  withdrawal!: Withdrawal;
}

@InputType({ description: 'A withdrawal for which nothing is refunded.' })
export class CloseWithdrawalInput {
  @Field(() => ID, { description: 'Id of the withdrawal.' })
  withdrawalId!: string;

  @Field(() => String, { description: 'Why, for staff, up to 300 characters.' })
  @Lines(300)
  note!: string;
}

@ObjectType({ description: 'A withdrawal that waits for nobody any more.' })
export class CloseWithdrawalPayload {
  @Field(() => WithdrawalType, { description: 'The withdrawal.' })
  withdrawal!: Withdrawal;
}
