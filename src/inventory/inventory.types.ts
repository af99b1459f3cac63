/** The inventory in the schema. */
import { GraphQLLocalDate } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import type { CalendarDate } from '../shared/calendar-date.js';

@ObjectType('DayAvailability', { description: 'How much of an equipment is free on one day.' })
export class DayAvailabilityType {
  @Field(() => GraphQLLocalDate, { description: 'The day, in the time zone of the shop.' })
  date!: CalendarDate;

  @Field(() => Int, { description: 'Units that are in the shop and spoken for by nobody.' })
  free!: number;

  @Field(() => Boolean, { description: 'Whether a rental may start or end on the day.' })
  isOpen!: boolean;
}
