/** The inventory in the schema. */
import { GraphQLLocalDate } from 'graphql-scalars';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';
import { EquipmentType, ProductType } from '../catalogue/catalogue.types.js';
import type { Equipment } from '../catalogue/equipment.entity.js';
import type { EquipmentUnit } from '../catalogue/equipment-unit.entity.js';
import type { Product } from '../catalogue/product.entity.js';

@ObjectType('DayAvailability', { description: 'How much of an equipment is free on one day.' })
export class DayAvailabilityType {
  @Field(() => GraphQLLocalDate, { description: 'The day, in the time zone of the shop.' })
  date!: CalendarDate;

  @Field(() => Int, { description: 'Units that are in the shop and not booked.' })
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

@ObjectType('UnitBlock', { description: 'Days on which staff keep a unit back.' })
export class UnitBlockType {
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

@ObjectType({ description: 'A new product.' })
export class CreateProductPayload {
  @Field(() => ProductType, { description: 'The product.' })
  product!: Product;
}

@ObjectType({ description: 'A product with another stock.' })
export class AdjustStockPayload {
  @Field(() => ProductType, { description: 'The product.' })
  product!: Product;
}

@ObjectType({ description: 'A product with another stock.' })
export class SetStockPayload {
  @Field(() => ProductType, { description: 'The product.' })
  product!: Product;
}

@ObjectType({ description: 'A unit that is out of service.' })
export class RetireUnitPayload {
  @Field(() => EquipmentType, { description: 'The equipment.' })
  equipment!: Equipment;

  @Field(() => EquipmentUnitType, { description: 'The unit.' })
  unit!: EquipmentUnit;
}

@ObjectType({ description: 'Days on which a unit is kept back from now on.' })
export class BlockUnitPayload {
  @Field(() => UnitBlockType, { description: 'The block.' })
  block!: UnitBlockType;
}

@ObjectType({ description: 'Days on which a unit is no longer kept back.' })
export class UnblockUnitPayload {
  @Field(() => UnitBlockType, { description: 'The block that has ended.' })
  block!: UnitBlockType;
}

@ObjectType({ description: 'The days on which the shop is closed.' })
export class SetClosedWeekdaysPayload {
  @Field(() => ClosedDaysType, { description: 'When the shop is closed now.' })
  closedDays!: ClosedDaysType;
}

@ObjectType({ description: 'The days on which the shop is closed.' })
export class CloseDatePayload {
  @Field(() => ClosedDaysType, { description: 'When the shop is closed now.' })
  closedDays!: ClosedDaysType;
}

@ObjectType({ description: 'The days on which the shop is closed.' })
export class OpenDatePayload {
  @Field(() => ClosedDaysType, { description: 'When the shop is closed now.' })
  closedDays!: ClosedDaysType;
}
