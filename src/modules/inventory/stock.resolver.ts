/** Stock and availability, as fields of the catalogue's items. */
import { Max, Min } from 'class-validator';
import { GraphQLLocalDate } from 'graphql-scalars';
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';
import { EquipmentType, ProductType } from '../catalogue/catalogue.types.js';
import type { Equipment } from '../catalogue/equipment.entity.js';
import type { Product } from '../catalogue/product.entity.js';
import type { AvailabilityService, DayAvailability } from './availability.service.js';
import { DayAvailabilityType } from './inventory.types.js';
import type { InventoryContext } from './inventory-context.js';

@Resolver(() => ProductType)
export class ProductStockResolver {
  @FieldResolver(() => Int, { nullable: true, description: 'Pieces that can be bought now; null is unlimited.' })
  stock(@Root() product: Product, @Ctx() { stock }: InventoryContext): Promise<number | null> {
    return stock.piecesLeft.load(product.id);
  }
}

@ArgsType()
class NextDateArguments {
  @Field(() => Int, { defaultValue: 1, description: 'Units, 1 to 100.' })
  @Min(1)
  @Max(100)
  quantity!: number;

  @Field(() => Int, { defaultValue: 1, description: 'Rental days, 1 to 365.' })
  @Min(1)
  @Max(365)
  days!: number;

  @Field(() => GraphQLLocalDate, { nullable: true, description: 'The first day to look at; today when absent.' })
  from?: CalendarDate | null;
}

@Resolver(() => EquipmentType)
export class EquipmentStockResolver {
  constructor(private readonly availabilities: AvailabilityService) {}

  @FieldResolver(() => Int, { description: 'Units in service, those that are rented out included.' })
  unitCount(@Root() equipment: Equipment, @Ctx() { unitCount }: InventoryContext): Promise<number> {
    return unitCount.load(equipment.id);
  }

  @FieldResolver(() => [DayAvailabilityType], {
    description:
      'Free units on each day. A rental needs one unit for its whole length: `quote` tells whether it has it. One request shows 6,000 days at most, where each calendar counts for 30 more, and again for every 200 units: beyond it, BAD_USER_INPUT.',
  })
  availability(
    @Root() equipment: Equipment,
    @Ctx() { em, calendarBudget }: InventoryContext,
    @Arg('from', () => GraphQLLocalDate, { description: 'The first day; today at the earliest.' }) from: CalendarDate,
    @Arg('to', () => GraphQLLocalDate, { description: 'The last day; at most 366 days in all.' }) to: CalendarDate,
  ): Promise<DayAvailability[]> {
    return this.availabilities.byDay(em, equipment, { from, to }, calendarBudget);
  }

  @FieldResolver(() => GraphQLLocalDate, {
    nullable: true,
    description:
      'The first day on which so many units can leave for so many days; null when there is none to order. One request may ask for 100, fewer where there are more than 200 units.',
  })
  nextAvailableDate(
    @Root() equipment: Equipment,
    @Ctx() { em, calendarBudget }: InventoryContext,
    @Args(() => NextDateArguments) { quantity, days, from }: NextDateArguments,
  ): Promise<CalendarDate | null> {
    return this.availabilities.nextDate(em, equipment, { quantity, days, from: from ?? null }, calendarBudget);
  }
}
