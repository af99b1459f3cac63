/** Rentals in the schema. */
import { IsOptional } from 'class-validator';
import { GraphQLDateTime, GraphQLLocalDate } from 'graphql-scalars';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Lines } from '../../platform/graphql/text.input.js';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';
import { UnitBlockType } from '../inventory/inventory.types.js';
import type { OrderLine } from '../orders/order-line.entity.js';
import { OrderLineType } from '../orders/orders.types.js';

@ObjectType('RentedUnit', { description: 'One unit of a paid rental.' })
export class RentedUnitType {
  @Field(() => ID, { description: 'Id of the order.' })
  orderId!: string;

  @Field(() => ID, { description: 'Id of the line of the order.' })
  orderLineId!: string;

  @Field(() => ID, { description: 'Id of the unit.' })
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

  @Field(() => UnitBlockType, { nullable: true, description: 'The block to come; null for a rental.' })
  block!: UnitBlockType | null;

  @Field(() => RentedUnitType, { description: 'The overdue rental that has the unit.' })
  overdue!: RentedUnitType;
}

@InputType({ description: 'Units of a paid rental that leave the shop.' })
export class MarkPickedUpInput {
  @Field(() => ID, { description: 'Id of the order line.' })
  orderLineId!: string;

  @Field(() => [ID], { nullable: true, description: 'Only these units; all of the line when absent.' })
  unitIds?: string[] | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Confirms that the money has gone back to the buyer, or is on its way.',
  })
  despiteRefund!: boolean;

  @Field(() => Boolean, { defaultValue: false, description: 'Confirms that the payment is disputed.' })
  despiteDispute!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Why the units leave although no deposit is held, up to 250 characters; kept in the timeline.',
  })
  @IsOptional()
  @Lines(250)
  withoutDeposit?: string | null;
}

@InputType({ description: 'Units of a rental that are back.' })
export class MarkReturnedInput {
  @Field(() => ID, { description: 'Id of the order line.' })
  orderLineId!: string;

  @Field(() => [ID], { nullable: true, description: 'Only these units; all of the line when absent.' })
  unitIds?: string[] | null;
}

@InputType({ description: 'A rental that is to get another unit.' })
export class ReassignUnitInput {
  @Field(() => ID, { description: 'Id of the line of the order.' })
  orderLineId!: string;

  @Field(() => ID, { description: 'Id of the unit that it has.' })
  fromUnitId!: string;

  @Field(() => ID, { description: 'Id of the unit that it gets: of the same equipment, and free on these days.' })
  toUnitId!: string;
}

@ObjectType({ description: 'A rental of which units have left the shop.' })
export class MarkPickedUpPayload {
  @Field(() => OrderLineType, { description: 'The line of the order.' })
  line!: OrderLine;
}

@ObjectType({ description: 'A rental of which units are back.' })
export class MarkReturnedPayload {
  @Field(() => OrderLineType, { description: 'The line of the order.' })
  line!: OrderLine;
}

@ObjectType({ description: 'A rental that has another unit now.' })
export class ReassignUnitPayload {
  @Field(() => OrderLineType, { description: 'The line of the order.' })
  line!: OrderLine;
}
