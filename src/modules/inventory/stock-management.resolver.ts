/** Staff change stock, units in service, blocks and the days on which the shop is closed. */
import { GraphQLLocalDate } from 'graphql-scalars';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { signedIn } from '../../platform/graphql/context.js';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';
import { EquipmentType, ProductType } from '../catalogue/catalogue.types.js';
import type { Equipment } from '../catalogue/equipment.entity.js';
import type { EquipmentUnit } from '../catalogue/equipment-unit.entity.js';
import { AdjustStockInput, CreateProductInput, SetStockInput } from '../catalogue/management.input.js';
import type { Product } from '../catalogue/product.entity.js';
import type { Block } from './bookings.repository.js';
import { BlockInput, CloseDateInput, RetireUnitInput } from './inventory.input.js';
import { BlockType, ClosedDaysType, EquipmentUnitType } from './inventory.types.js';
import type { InventoryContext } from './inventory-context.js';
import type { ClosedDays, OpeningDaysService } from './opening-days.service.js';
import type { StockManagementService } from './stock-management.service.js';

@Resolver()
export class StockManagementResolver {
  constructor(private readonly service: StockManagementService) {}

  @Mutation(() => ProductType, { description: 'Adds a product with its stock (staff).' })
  async createProduct(
    @Ctx() context: InventoryContext,
    @Arg('input', () => CreateProductInput, { description: 'The product.' }) input: CreateProductInput,
  ): Promise<Product> {
    return this.service.createProduct(context.em, signedIn(context), input);
  }

  @Mutation(() => ProductType, { description: 'Adds pieces to a limited stock, or takes away what is gone (staff).' })
  async adjustStock(
    @Ctx() context: InventoryContext,
    @Arg('input', () => AdjustStockInput, { description: 'How many, and why.' }) input: AdjustStockInput,
  ): Promise<Product> {
    const product = await this.service.adjustStock(context.em, signedIn(context), input);
    // What this operation has read of it is history.
    context.stock.piecesLeft.clear(product.id);
    return product;
  }

  @Mutation(() => ProductType, { description: 'Sets a stock to what was counted, or makes it unlimited (staff).' })
  async setStock(
    @Ctx() context: InventoryContext,
    @Arg('input', () => SetStockInput, { description: 'What was counted, and why.' }) input: SetStockInput,
  ): Promise<Product> {
    const product = await this.service.setStock(context.em, signedIn(context), input);
    // What this operation has read of it is history.
    context.stock.piecesLeft.clear(product.id);
    return product;
  }

  @Mutation(() => EquipmentType, {
    description:
      'Takes a unit out of service, also one that is out or lost. Its rentals to come get another unit; where none is free, NOT_AVAILABLE with `orderIds` (staff).',
  })
  async retireUnit(
    @Ctx() context: InventoryContext,
    @Arg('input', () => RetireUnitInput, { description: 'The unit, and why.' }) input: RetireUnitInput,
  ): Promise<Equipment> {
    const equipment = await this.service.retireUnit(context.em, signedIn(context), input);
    context.unitCount.clear(equipment.id);
    return equipment;
  }

  @Mutation(() => BlockType, {
    description: 'Keeps a unit back for days on which nobody has it: a repair, a rental over the counter (staff).',
  })
  async blockUnit(
    @Ctx() context: InventoryContext,
    @Arg('input', () => BlockInput, { description: 'Unit, days and reason.' }) input: BlockInput,
  ): Promise<Block> {
    return this.service.blockUnit(context.em, signedIn(context), input);
  }

  @Mutation(() => ID, { description: 'Ends a block; gives its id back (staff).' })
  async releaseBlock(
    @Ctx() context: InventoryContext,
    @Arg('blockId', () => ID, { description: 'Id of the block.' }) blockId: string,
  ): Promise<string> {
    await this.service.releaseBlock(context.em, signedIn(context), blockId);
    return blockId;
  }
}

@Resolver(() => EquipmentUnitType)
export class EquipmentUnitResolver {
  constructor(private readonly service: StockManagementService) {}

  @FieldResolver(() => [BlockType], { description: 'Days on which staff keep it back, from today on (staff).' })
  async blocks(@Root() unit: EquipmentUnit, @Ctx() { em }: InventoryContext): Promise<Block[]> {
    return this.service.blocksOf(em, unit.id);
  }
}

@Resolver()
export class OpeningDaysResolver {
  constructor(private readonly service: OpeningDaysService) {}

  @Query(() => ClosedDaysType, { description: 'When the shop is closed: no rental starts or ends then.' })
  async closedDays(@Ctx() { em }: InventoryContext): Promise<ClosedDays> {
    return this.service.list(em);
  }

  @Mutation(() => ClosedDaysType, { description: 'Sets the weekdays on which the shop is closed (staff).' })
  async setClosedWeekdays(
    @Ctx() { em }: InventoryContext,
    @Arg('weekdays', () => [Int], { description: 'ISO weekdays: 1 is Monday, 7 is Sunday; one has to stay open.' })
    weekdays: number[],
  ): Promise<ClosedDays> {
    await this.service.setWeekdays(em, weekdays);
    return this.service.list(em);
  }

  @Mutation(() => ClosedDaysType, { description: 'Closes the shop on a date (staff).' })
  async closeDate(
    @Ctx() { em }: InventoryContext,
    @Arg('input', () => CloseDateInput, { description: 'The day, and why.' }) { date, reason }: CloseDateInput,
  ): Promise<ClosedDays> {
    await this.service.closeDate(em, date, reason);
    return this.service.list(em);
  }

  @Mutation(() => ClosedDaysType, { description: 'Opens the shop on a date that was closed (staff).' })
  async openDate(
    @Ctx() { em }: InventoryContext,
    @Arg('date', () => GraphQLLocalDate, { description: 'The day.' }) date: CalendarDate,
  ): Promise<ClosedDays> {
    await this.service.openDate(em, date);
    return this.service.list(em);
  }
}

@Resolver(() => EquipmentType)
export class EquipmentUnitsResolver {
  @FieldResolver(() => [EquipmentUnitType], { description: 'The numbered units, retired ones included (staff).' })
  async units(@Root() equipment: Equipment): Promise<EquipmentUnit[]> {
    return equipment.units.loadItems({ orderBy: { id: 'asc' } });
  }
}
