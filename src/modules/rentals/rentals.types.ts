/** Rentals in the schema. */
import { GraphQLDateTime, GraphQLLocalDate } from 'graphql-scalars';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';
import { BlockType } from '../inventory/inventory.types.js';

@ObjectType('RentedUnit', { description: 'One unit of a paid rental.' })
export class RentedUnitType {
  @Field(() => ID, { description: 'The order.' })
  orderId!: string;

  @Field(() => ID, { description: 'The line of the order.' })
  orderLineId!: string;

  @Field(() => ID, { description: 'The unit.' })
  unitId!: number;

  @Field(() => String, { description: 'What the label on the unit says.' })
  label!: string;

  @Field(() => String, { description: 'Name of the equipment when it was ordered.' })
  name!: string;

  @Field(() => GraphQLLocalDate, { description: 'First rental day.' })
  startDate!: CalendarDate;

  @Field(() => GraphQLLocalDate, { description: 'The day on which it has to be back.' })
  returnDate!: CalendarDate;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it left; null while it is in the shop.' })
  pickedUpAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it came back.' })
  returnedAt!: Date | null;

  @Field(() => Boolean, { description: 'Whether it is out past the day on which it had to be back.' })
  isOverdue!: boolean;
}

@ObjectType('RentalMovements', { description: 'What leaves the shop and what comes back.' })
export class MovementsType {
  @Field(() => [RentedUnitType], { description: 'Units whose rental starts, the earliest first.' })
  leaving!: RentedUnitType[];

  @Field(() => [RentedUnitType], { description: 'Units that have to be back, the earliest first.' })
  returning!: RentedUnitType[];
}

@ObjectType('BookingAtRisk', {
  description: 'A rental, or a block by staff, whose unit may not be back in time: one of the two.',
})
export class BookingAtRiskType {
  @Field(() => RentedUnitType, { nullable: true, description: 'The rental to come; null for a block.' })
  rental!: RentedUnitType | null;

  @Field(() => BlockType, { nullable: true, description: 'The block to come; null for a rental.' })
  block!: BlockType | null;

  @Field(() => RentedUnitType, { description: 'The overdue rental that has the unit.' })
  overdue!: RentedUnitType;
}

@InputType({ description: 'A rental that is to get another unit.' })
export class SwapUnitInput {
  @Field(() => ID, { description: 'The line of the order.' })
  orderLineId!: string;

  @Field(() => ID, { description: 'The unit that it has.' })
  fromUnitId!: string;

  @Field(() => ID, { description: 'The unit that it gets: of the same equipment, and free on these days.' })
  toUnitId!: string;
}
