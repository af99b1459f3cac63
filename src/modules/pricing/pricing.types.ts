/** Rental prices in the schema. */
import { Field, Int, ObjectType } from 'type-graphql';
import { MoneyType } from '../../platform/graphql/money.types.js';
import type { Money } from '../../platform/kernel/money.js';

@ObjectType('RentalRate', {
  description: 'What one unit costs for all its days: the cheapest combination of the daily, weekly and monthly price.',
})
export class RentalRateType {
  @Field(() => Int, { description: 'How often the price of thirty days is charged.' })
  months!: number;

  @Field(() => Int, { description: 'How often the price of a week is charged.' })
  weeks!: number;

  @Field(() => Int, { description: 'How often the price of a day is charged.' })
  days!: number;

  @Field(() => MoneyType, { description: 'What that comes to for one unit.' })
  amount!: Money;
}
