/** What staff send about units and days. */
import { GraphQLLocalDate } from 'graphql-scalars';
import { Field, ID, InputType, Int } from 'type-graphql';
import { Lines } from '../../platform/graphql/text.input.js';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';

@InputType({ description: 'A unit that is kept back.' })
export class BlockUnitInput {
  @Field(() => ID, { description: 'Id of the unit.' })
  unitId!: string;

  @Field(() => GraphQLLocalDate, { description: 'The first day.' })
  from!: CalendarDate;

  @Field(() => GraphQLLocalDate, { description: 'The last day; at most 730 days in all.' })
  to!: CalendarDate;

  @Field(() => String, { description: 'Why, 1 to 200 characters.' })
  @Lines(200)
  reason!: string;
}

@InputType({ description: 'A unit to take out of service.' })
export class RetireUnitInput {
  @Field(() => ID, { description: 'Id of the unit.' })
  unitId!: string;

  @Field(() => String, { description: 'Why, 1 to 300 characters.' })
  @Lines(300)
  reason!: string;
}

@InputType({ description: 'A day on which the shop is closed.' })
export class CloseDateInput {
  @Field(() => GraphQLLocalDate, { description: 'The day.' })
  date!: CalendarDate;

  @Field(() => String, { description: 'Such as the name of the holiday; 1 to 200 characters.' })
  @Lines(200)
  reason!: string;
}

@InputType({ description: 'A day on which the shop is open after all.' })
export class OpenDateInput {
  @Field(() => GraphQLLocalDate, { description: 'The day.' })
  date!: CalendarDate;
}

@InputType({ description: 'The weekdays on which the shop is closed.' })
export class SetClosedWeekdaysInput {
  @Field(() => [Int], { description: 'ISO weekdays: 1 is Monday, 7 is Sunday; one has to stay open.' })
  weekdays!: number[];
}
