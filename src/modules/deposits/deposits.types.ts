/** Deposits in the schema. */
import { Min } from 'class-validator';
import { GraphQLDateTime, GraphQLLocalDate, GraphQLSafeInt } from 'graphql-scalars';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { Lines, Text } from '../../platform/graphql/text.input.js';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';
import { CaptureReason, CaptureState, type Deposit, DepositState } from './deposit.entity.js';

registerEnumType(DepositState, {
  name: 'DepositState',
  description: 'Where a deposit stands.',
  valuesConfig: {
    SCHEDULED: { description: 'It will be held on the saved card, the evening before the first rental day.' },
    AUTHORIZED: { description: 'The sum is held.' },
    ACTION_REQUIRED: { description: 'The bank refuses it without the buyer: they have to open its link.' },
    FAILED: { description: 'As ACTION_REQUIRED, and the page of its link could not be opened either.' },
    EXPIRED: { description: 'The sum was held, and is not held any more.' },
    CAPTURED: { description: 'The shop took a part of it, or all of it; the rest was released.' },
    RELEASED: { description: 'All of it was released.' },
  },
});

registerEnumType(CaptureReason, {
  name: 'CaptureReason',
  description: 'What a part of a deposit is taken for.',
  valuesConfig: {
    DAMAGE: { description: 'Something was damaged.' },
    LOSS: { description: 'Something did not come back.' },
    LATE: { description: 'Something came back late.' },
    CLEANING: { description: 'Something had to be cleaned.' },
    OTHER: { description: 'Something else; the shop says what.' },
  },
});

registerEnumType(CaptureState, {
  name: 'CaptureState',
  description: 'Where a capture stands.',
  valuesConfig: {
    REQUESTED: { description: 'Stripe is asked for it.' },
    DONE: { description: 'The shop has the money.' },
    FAILED: { description: 'Nothing was held any more: a fee can be charged instead.' },
  },
});

@ObjectType('DepositCapture', { description: 'What staff take of a deposit.' })
export class DepositCaptureType {
  @Field(() => ID, { description: 'Opaque id.' })
  id!: string;

  @Field(() => CaptureReason, { description: 'What for.' })
  reason!: CaptureReason;

  @Field(() => CaptureState, { description: 'Where it stands.' })
  state!: CaptureState;

  @Field(() => GraphQLDateTime, { description: 'When staff asked for it.' })
  createdAt!: Date;
}

@ObjectType('Deposit', {
  description:
    'The deposit of the rentals of an order that start on one day. Nothing is paid until a part of it is taken.',
})
export class DepositType {
  @Field(() => ID, { description: 'Opaque id.' })
  id!: string;

  @Field(() => GraphQLLocalDate, { description: 'The first day of its rentals.' })
  startDate!: CalendarDate;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'Until when the bank holds the sum, unless it is renewed; null while it holds none.',
  })
  heldUntil!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it was captured, or released; null until then.' })
  settledAt!: Date | null;
}

@InputType({ description: 'What is taken of a deposit.' })
export class CaptureDepositInput {
  @Field(() => ID, { description: 'Id of the order.' })
  orderId!: string;

  @Field(() => ID, { nullable: true, description: 'Which deposit, where the rentals start on several days.' })
  depositId?: string | null;

  @Field(() => GraphQLSafeInt, {
    description: 'In minor units of the order’s currency, up to what is held; the rest is released.',
  })
  @Min(1)
  amount!: number;

  @Field(() => CaptureReason, { description: 'What for.' })
  reason!: CaptureReason;

  @Field(() => String, { description: 'Why, for staff, up to 300 characters.' })
  @Lines(300)
  note!: string;

  @Field(() => String, {
    description: 'Chosen by the client, 1 to 255 characters: the same key is the same capture.',
  })
  @Text(255)
  idempotencyKey!: string;
}

@ObjectType({ description: 'A deposit of which a part is taken.' })
export class CaptureDepositPayload {
  @Field(() => DepositType, { description: 'The deposit.' })
  deposit!: Deposit;
}

@InputType({ description: 'A deposit that is not needed any more.' })
export class ReleaseDepositInput {
  @Field(() => ID, { description: 'Id of the order.' })
  orderId!: string;

  @Field(() => ID, { nullable: true, description: 'Which deposit, where the rentals start on several days.' })
  depositId?: string | null;

  @Field(() => String, { description: 'Why, for staff, up to 300 characters.' })
  @Lines(300)
  note!: string;
}

@ObjectType({ description: 'A deposit that is released.' })
export class ReleaseDepositPayload {
  @Field(() => DepositType, { description: 'The deposit.' })
  deposit!: Deposit;
}
