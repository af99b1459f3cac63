/** What staff send to refund an order. */
import { ArrayMaxSize, ArrayMinSize, IsOptional, Max, Min, ValidateNested } from 'class-validator';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Field, ID, InputType, Int, registerEnumType } from 'type-graphql';
import { Lines, Text } from '../../platform/graphql/text.input.js';
import { RefundRequestReason } from '../payments/refund-reason.js';
import { RefundedGoods } from './refund-line.entity.js';
import { requestReasons } from './refunds.types.js';

registerEnumType(RefundRequestReason, {
  name: 'RefundRequestReason',
  description: 'Why staff send money back.',
  valuesConfig: {
    ...requestReasons,
    FRAUD: {
      description:
        'Somebody paid with a card that is not theirs. Stripe blocks the card and the e-mail address; the buyer is not told.',
    },
  },
});

registerEnumType(RefundedGoods, {
  name: 'RefundedGoods',
  description: 'What becomes of goods that are refunded.',
  valuesConfig: {
    RETURN_TO_STOCK: { description: 'They are the shop’s again, and on offer.' },
    KEEP: { description: 'The buyer keeps them, or they are lost: nothing is on offer again.' },
  },
});

@InputType({ description: 'How much of a line is refunded.' })
export class RefundLineInput {
  @Field(() => ID, { description: 'Id of the line.' })
  lineId!: string;

  @Field(() => Int, { description: 'Pieces, or units, 1 to 100, of those that are not refunded yet.' })
  @Min(1)
  @Max(100)
  quantity!: number;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description:
      'In minor units, from 0 up to what is left of the line. When absent, what the pieces are worth: all pieces together give back exactly what was paid.',
  })
  @IsOptional()
  @Min(0)
  amount?: number | null;

  @Field(() => RefundedGoods, { description: 'What becomes of the goods.' })
  goods!: RefundedGoods;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Confirms that pieces which had been handed over are in the shop again.',
  })
  receivedBack!: boolean;
}

@InputType({ description: 'Money that goes back to the buyer: an amount, or what lines are worth.' })
export class RefundOrderInput {
  @Field(() => ID, { description: 'Id of the order.' })
  orderId!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Id of the payment, for an amount; the one that pays the order when absent.',
  })
  paymentId?: string | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'In minor units, at least 1; instead of lines.' })
  @IsOptional()
  @Min(1)
  amount?: number | null;

  @Field(() => [RefundLineInput], { nullable: true, description: 'Lines, 1 to 50, instead of an amount.' })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ValidateNested()
  lines?: RefundLineInput[] | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Id of the withdrawal that it is for, which waits no longer then.',
  })
  withdrawalId?: string | null;

  @Field(() => RefundRequestReason, { description: 'Why; the buyer sees it, except for FRAUD.' })
  reason!: RefundRequestReason;

  @Field(() => String, { description: 'More of it, for staff only, up to 300 characters.' })
  @Lines(300)
  note!: string;

  @Field(() => String, {
    description: 'Chosen by the client, 1 to 255 characters: the same key by the same order is the same refund.',
  })
  @Text(255)
  idempotencyKey!: string;
}

@InputType({ description: 'A refund that failed, and was paid in another way.' })
export class CloseRefundInput {
  @Field(() => ID, { description: 'Id of the refund.' })
  refundId!: string;

  @Field(() => String, { description: 'How the buyer was paid, for staff, up to 300 characters.' })
  @Lines(300)
  note!: string;
}
