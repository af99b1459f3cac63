/** The shop in the schema. */
import { GraphQLLocalDate } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';

@ObjectType('Shop', { description: 'What the shop says of itself: what its pages need before they show anything.' })
export class ShopType {
  @Field(() => String, { description: 'As buyers know it.' })
  name!: string;

  @Field(() => String, { description: 'ISO 4217 code of all its prices.' })
  currency!: string;

  @Field(() => String, { description: 'IANA name, such as Europe/Paris: decides which calendar day it is.' })
  timeZone!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Which version of its terms the shop sells under now; null where it does not say.',
  })
  termsVersion!: string | null;
}

@ObjectType('OpeningDays', { description: 'When the shop is open: rentals start and end then.' })
export class OpeningDaysType {
  @Field(() => [Int], { description: 'ISO weekdays on which it is open: 1 is Monday, 7 is Sunday.' })
  weekdays!: number[];

  @Field(() => [GraphQLLocalDate], {
    description: 'Dates from today on when it is closed in spite of its weekdays, the earliest first.',
  })
  closedDates!: CalendarDate[];
}
