/** Money in the schema. */
import { GraphQLCurrency, GraphQLSafeInt } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';
import type { Money } from '../kernel/money.js';

@ObjectType('Money', {
  description: 'An amount of money: whole minor units of a currency.',
  simpleResolvers: true,
})
export class MoneyType implements Money {
  @Field(() => GraphQLSafeInt, { description: 'In minor units: cents for EUR, yen for JPY.' })
  amount!: number;

  @Field(() => GraphQLCurrency, { description: 'ISO 4217 code.' })
  currency!: string;
}
