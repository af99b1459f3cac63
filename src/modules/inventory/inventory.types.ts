/** The inventory in the schema. */
import { GraphQLLocalDate } from 'graphql-scalars';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';

@ObjectType('DayAvailability', { description: 'How much of an equipment is free on one day.' })
export class DayAvailabilityType {
  @Field(() => GraphQLLocalDate, { description: 'The day, in the time zone of the shop.' })
  date!: CalendarDate;

  @Field(() => Int, { description: 'Units that are in the shop and spoken for by nobody.' })
  free!: number;

  @Field(() => Boolean, { description: 'Whether a rental may start or end on the day.' })
  isOpen!: boolean;
}

@ObjectType('EquipmentUnit', { description: 'One numbered unit of an equipment.' })
export class EquipmentUnitType {
  @Field(() => ID, { description: 'Id of the unit.' })
  id!: number;

  @Field(() => String, { description: 'What the label on it says.' })
  label!: string;

  @Field(() => Boolean, { description: 'False once it is retired.' })
  active!: boolean;
}

@ObjectType('Block', { description: 'Days on which staff keep a unit back.' })
export class BlockType {
  @Field(() => ID, { description: 'Id of the block.' })
  id!: number;

  @Field(() => ID, { description: 'Id of the unit.' })
  unitId!: number;

  @Field(() => GraphQLLocalDate, { description: 'The first day.' })
  from!: CalendarDate;

  @Field(() => GraphQLLocalDate, { description: 'The last day.' })
  to!: CalendarDate;

  @Field(() => String, { description: 'Why.' })
  reason!: string;
}

@ObjectType('ClosedDate', { description: 'A day on which the shop is closed.' })
export class ClosedDateType {
  @Field(() => GraphQLLocalDate, { description: 'The day.' })
  date!: CalendarDate;

  @Field(() => String, { description: 'Why.' })
  reason!: string;
}

@ObjectType('ClosedDays', { description: 'When the shop is closed: no rental starts or ends then.' })
export class ClosedDaysType {
  @Field(() => [Int], { description: 'ISO weekdays: 1 is Monday, 7 is Sunday.' })
  weekdays!: number[];

  @Field(() => [ClosedDateType], { description: 'Single dates, the earliest first.' })
  dates!: ClosedDateType[];
}
