/** The quote in the schema. */
import { GraphQLLocalDate } from 'graphql-scalars';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { MoneyType } from '../../platform/graphql/money.types.js';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';
import type { Money } from '../../platform/kernel/money.js';
import { ItemType } from '../catalogue/item-type.js';
import { RentalRateType } from '../pricing/pricing.types.js';

@ObjectType('QuoteLine', { description: 'One line of a quote.' })
export class QuoteLineType {
  @Field(() => ItemType, { description: 'Product or equipment.' })
  type!: ItemType;

  @Field(() => ID, { description: 'Id of the item in the catalogue.' })
  itemId!: number;

  @Field(() => String, { description: 'Name of the item.' })
  name!: string;

  @Field(() => Int, { description: 'Pieces, or units.' })
  quantity!: number;

  @Field(() => Int, { description: 'Rental days; 1 for a product.' })
  days!: number;

  @Field(() => GraphQLLocalDate, {
    nullable: true,
    description: 'First rental day: the one asked for, or the first open day from today on. Null for a product.',
  })
  startDate!: CalendarDate | null;

  @Field(() => GraphQLLocalDate, { nullable: true, description: 'Last day that is paid for; null for a product.' })
  endDate!: CalendarDate | null;

  @Field(() => GraphQLLocalDate, {
    nullable: true,
    description: 'The day on which it has to be back: the first open day from the last rental day on.',
  })
  returnDate!: CalendarDate | null;

  @Field(() => MoneyType, { description: 'List price a piece, or a unit and day.' })
  unitPrice!: Money;

  @Field(() => RentalRateType, { nullable: true, description: 'How the rental is charged; null for a product.' })
  rate!: RentalRateType | null;

  @Field(() => MoneyType, { description: 'Quantity × the price a piece, or × the rate for the days.' })
  amount!: Money;

  @Field(() => MoneyType, { nullable: true, description: 'Deposit a unit, not part of the amount; null for none.' })
  deposit!: Money | null;

  @Field(() => Boolean, { description: 'Whether the line could be had now, after the lines before it.' })
  isAvailable!: boolean;

  @Field(() => Int, { nullable: true, description: 'How many could be had on these days; null is unlimited.' })
  available!: number | null;

  @Field(() => GraphQLLocalDate, {
    nullable: true,
    description:
      'The first day on which so many units are free for so long; null for a product, and where no day that can be ordered has them.',
  })
  firstFreeDate!: CalendarDate | null;
}

@ObjectType('Quote', {
  description: 'What `createCheckoutSession` would charge for a basket, and whether it could be had.',
})
export class QuoteType {
  @Field(() => [QuoteLineType], { description: 'The lines, in the order of the basket.' })
  lines!: QuoteLineType[];

  @Field(() => MoneyType, {
    description: 'The sum of the lines, all that would be charged: `expectedTotal` of a checkout.',
  })
  total!: Money;

  @Field(() => Boolean, {
    description:
      'Whether the checkout saves the buyer’s card, since the deposit of a rental will be held on it: it needs `acceptedTermsVersion` then, and takes cards only.',
  })
  savesCard!: boolean;

  @Field(() => Boolean, { description: 'Whether the whole basket could be had now.' })
  isAvailable!: boolean;
}
