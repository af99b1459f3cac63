/** Fees in the schema. */
import { IsOptional, Min } from 'class-validator';
import { GraphQLDateTime, GraphQLSafeInt } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Lines, Text } from '../../platform/graphql/text.input.js';
import type { Order } from '../orders/order.entity.js';
import { OrderType } from '../orders/orders.types.js';
import { type Fee, FeeKind, FeeState } from './fee.entity.js';
import { FeeChargeTo } from './fee-charge-to.js';

registerEnumType(FeeKind, {
  name: 'FeeKind',
  description: 'What a fee is for.',
  valuesConfig: {
    LATE: { description: 'A unit came back late, or has not come back.' },
    DAMAGE: { description: 'Something was damaged.' },
    CLEANING: { description: 'Something had to be cleaned.' },
    OTHER: { description: 'Something else; the shop says what.' },
  },
});

registerEnumType(FeeState, {
  name: 'FeeState',
  description: 'Where a fee stands.',
  valuesConfig: {
    DUE: { description: 'The saved card is being charged.' },
    ACTION_REQUIRED: { description: 'The buyer has to pay it, by its link.' },
    FAILED: { description: 'The buyer could not pay it by its link either; opening the link tries again.' },
    PAID: { description: 'It is paid.' },
    WAIVED: { description: 'Staff have waived it.' },
  },
});

registerEnumType(FeeChargeTo, {
  name: 'FeeChargeTo',
  description: 'What a fee is charged to.',
  valuesConfig: {
    SAVED_CARD: {
      description: 'The card that was saved with the order, without the buyer. Where it is refused, the link.',
    },
    LINK: { description: 'The link, by which the buyer pays.' },
  },
});

@ObjectType('Fee', { description: 'What a buyer owes beside an order.' })
export class FeeType {
  @Field(() => ID, { description: 'Opaque id.' })
  id!: string;

  @Field(() => FeeKind, { description: 'What it is for.' })
  kind!: FeeKind;

  @Field(() => FeeState, { description: 'Where it stands.' })
  state!: FeeState;

  @Field(() => GraphQLDateTime, { description: 'When it was charged.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it was paid, or waived; null until then.' })
  settledAt!: Date | null;
}

@InputType({ description: 'A fee that staff charge.' })
export class ChargeFeeInput {
  @Field(() => ID, { description: 'Id of the order.' })
  orderId!: string;

  @Field(() => FeeKind, { description: 'What it is for.' })
  kind!: FeeKind;

  @Field(() => GraphQLSafeInt, {
    description: 'In minor units of the order’s currency, from Stripe’s least charge on.',
  })
  @Min(1)
  amount!: number;

  @Field(() => ID, {
    nullable: true,
    description: 'The unit that came back late, of those that the buyer took with the order; for LATE only.',
  })
  @IsOptional()
  unitId?: string | null;

  @Field(() => FeeChargeTo, {
    nullable: true,
    description: 'What it is charged to; the saved card where there is one, else the link, unless given.',
  })
  @IsOptional()
  chargeTo?: FeeChargeTo | null;

  @Field(() => String, { description: 'Why, for staff, up to 300 characters.' })
  @Lines(300)
  note!: string;

  @Field(() => String, {
    description: 'Chosen by the client, 1 to 255 characters: the same key by the same order is the same fee.',
  })
  @Text(255)
  idempotencyKey!: string;
}

@ObjectType({ description: 'A fee, with its order.' })
export class ChargeFeePayload {
  @Field(() => OrderType, { description: 'The order.' })
  order!: Order;

  @Field(() => FeeType, { description: 'The fee.' })
  fee!: Fee;
}

@ObjectType('LateFeeProposal', { description: 'What staff may charge for a unit that came back late.' })
export class LateFeeProposalType {
  @Field(() => ID, { description: 'The unit.' })
  unitId!: number;

  @Field(() => Int, { description: 'How many days late it came back.' })
  days!: number;
}

@InputType({ description: 'A unit whose late return costs the buyer nothing.' })
export class DismissLateFeeInput {
  @Field(() => ID, { description: 'Id of the order.' })
  orderId!: string;

  @Field(() => ID, { description: 'The unit that came back late.' })
  unitId!: string;

  @Field(() => String, { description: 'Why, for staff, up to 300 characters.' })
  @Lines(300)
  note!: string;
}

@ObjectType({ description: 'The fee that is not charged.' })
export class DismissLateFeePayload {
  @Field(() => FeeType, { description: 'The fee, which is waived.' })
  fee!: Fee;
}

@InputType({ description: 'A fee that the buyer need not pay.' })
export class WaiveFeeInput {
  @Field(() => ID, { description: 'Id of the fee.' })
  feeId!: string;

  @Field(() => String, { description: 'Why, for staff, up to 300 characters.' })
  @Lines(300)
  note!: string;
}

@ObjectType({ description: 'A fee that staff waive.' })
export class WaiveFeePayload {
  @Field(() => FeeType, { description: 'The fee; PAID where the buyer was faster.' })
  fee!: Fee;
}
