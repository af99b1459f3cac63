/** Staff change stock, units in service, blocks and the days on which the shop is closed. */
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { signedIn } from '../../platform/graphql/context.js';
import type { CatalogueService } from '../catalogue/catalogue.service.js';
import { EquipmentType } from '../catalogue/catalogue.types.js';
import type { Equipment } from '../catalogue/equipment.entity.js';
import type { EquipmentUnit } from '../catalogue/equipment-unit.entity.js';
import { AdjustStockInput, CreateProductInput, SetStockInput } from '../catalogue/management.input.js';
import type { UnitBlock } from './bookings.repository.js';
import {
  BlockUnitInput,
  CloseDateInput,
  OpenDateInput,
  RetireUnitInput,
  SetClosedWeekdaysInput,
} from './inventory.input.js';
import {
  AdjustStockPayload,
  BlockUnitPayload,
  CloseDatePayload,
  ClosedDaysType,
  CreateProductPayload,
  EquipmentUnitType,
  OpenDatePayload,
  RetireUnitPayload,
  SetClosedWeekdaysPayload,
  SetStockPayload,
  UnblockUnitPayload,
  UnitBlockType,
} from './inventory.types.js';
import type { InventoryContext } from './inventory-context.js';
import type { ClosedDays, OpeningDaysService } from './opening-days.service.js';
import type { StockManagementService } from './stock-management.service.js';

@Resolver()
export class StockManagementResolver {
  constructor(private readonly service: StockManagementService) {}

  @Mutation(() => CreateProductPayload, { description: 'Adds a product with its stock (staff).' })
  async createProduct(
    @Ctx() context: InventoryContext,
    @Arg('input', () => CreateProductInput, { description: 'The product.' }) input: CreateProductInput,
  ): Promise<CreateProductPayload> {
    return { product: await this.service.createProduct(context.em, signedIn(context), input) };
  }

  @Mutation(() => AdjustStockPayload, {
    description: 'Adds pieces to a limited stock, or takes away what is gone (staff).',
  })
  async adjustStock(
    @Ctx() context: InventoryContext,
    @Arg('input', () => AdjustStockInput, { description: 'How many, and why.' }) input: AdjustStockInput,
  ): Promise<AdjustStockPayload> {
    const product = await this.service.adjustStock(context.em, signedIn(context), input);
    // What this operation has cached of it is outdated.
    context.stock.piecesLeft.clear(product.id);
    return { product };
  }

  @Mutation(() => SetStockPayload, { description: 'Sets a stock to what was counted, or makes it unlimited (staff).' })
  async setStock(
    @Ctx() context: InventoryContext,
    @Arg('input', () => SetStockInput, { description: 'What was counted, and why.' }) input: SetStockInput,
  ): Promise<SetStockPayload> {
    const product = await this.service.setStock(context.em, signedIn(context), input);
    // What this operation has cached of it is outdated.
    context.stock.piecesLeft.clear(product.id);
    return { product };
  }

  @Mutation(() => RetireUnitPayload, {
    description:
      'Takes a unit out of service, also one that is out or lost. Its rentals to come get another unit; where none is free, NOT_AVAILABLE with `orderIds` (staff).',
  })
  async retireUnit(
    @Ctx() context: InventoryContext,
    @Arg('input', () => RetireUnitInput, { description: 'The unit, and why.' }) input: RetireUnitInput,
  ): Promise<RetireUnitPayload> {
    const retired = await this.service.retireUnit(context.em, signedIn(context), input);
    context.unitCount.clear(retired.equipment.id);
    return retired;
  }

  @Mutation(() => BlockUnitPayload, {
    description: 'Keeps a unit back for days on which nobody has it: a repair, a rental over the counter (staff).',
  })
  async blockUnit(
    @Ctx() context: InventoryContext,
    @Arg('input', () => BlockUnitInput, { description: 'Unit, days and reason.' }) input: BlockUnitInput,
  ): Promise<BlockUnitPayload> {
    return { block: await this.service.blockUnit(context.em, signedIn(context), input) };
  }

  @Mutation(() => UnblockUnitPayload, { description: 'Ends a block; one that has ended stays so (staff).' })
  async unblockUnit(
    @Ctx() context: InventoryContext,
    @Arg('blockId', () => ID, { description: 'Id of the block.' }) blockId: string,
  ): Promise<UnblockUnitPayload> {
    return { block: await this.service.unblockUnit(context.em, signedIn(context), blockId) };
  }
}

@Resolver(() => EquipmentUnitType)
export class EquipmentUnitResolver {
  constructor(
    private readonly service: StockManagementService,
    private readonly catalogue: CatalogueService,
  ) {}

  @FieldResolver(() => EquipmentType, { description: 'The equipment that it is one of.' })
  async equipment(@Root() unit: EquipmentUnit, @Ctx() { em }: InventoryContext): Promise<Equipment> {
    return this.catalogue.equipmentOf(em, unit);
  }

  @FieldResolver(() => [UnitBlockType], { description: 'Days on which staff keep it back, from today on (staff).' })
  async blocks(@Root() unit: EquipmentUnit, @Ctx() { em }: InventoryContext): Promise<UnitBlock[]> {
    return this.service.blocksOf(em, String(unit.id));
  }
}

@Resolver(() => UnitBlockType)
export class UnitBlockResolver {
  constructor(private readonly catalogue: CatalogueService) {}

  @FieldResolver(() => EquipmentUnitType, { description: 'The unit.' })
  async unit(@Root() { unitId }: UnitBlock, @Ctx() { em }: InventoryContext): Promise<EquipmentUnit> {
    return this.catalogue.unitById(em, unitId);
  }
}

@Resolver()
export class OpeningDaysResolver {
  constructor(private readonly service: OpeningDaysService) {}

  @Query(() => ClosedDaysType, { description: 'When the shop is closed: no rental starts or ends then.' })
  async closedDays(@Ctx() { em }: InventoryContext): Promise<ClosedDays> {
    return this.service.list(em);
  }

  @Mutation(() => SetClosedWeekdaysPayload, { description: 'Sets the weekdays on which the shop is closed (staff).' })
  async setClosedWeekdays(
    @Ctx() { em }: InventoryContext,
    @Arg('input', () => SetClosedWeekdaysInput, { description: 'The weekdays.' }) { weekdays }: SetClosedWeekdaysInput,
  ): Promise<SetClosedWeekdaysPayload> {
    await this.service.setWeekdays(em, weekdays);
    return { closedDays: await this.service.list(em) };
  }

  @Mutation(() => CloseDatePayload, { description: 'Closes the shop on a date (staff).' })
  async closeDate(
    @Ctx() { em }: InventoryContext,
    @Arg('input', () => CloseDateInput, { description: 'The day, and why.' }) { date, reason }: CloseDateInput,
  ): Promise<CloseDatePayload> {
    await this.service.closeDate(em, date, reason);
    return { closedDays: await this.service.list(em) };
  }

  @Mutation(() => OpenDatePayload, { description: 'Opens the shop on a date that was closed (staff).' })
  async openDate(
    @Ctx() { em }: InventoryContext,
    @Arg('input', () => OpenDateInput, { description: 'The day.' }) { date }: OpenDateInput,
  ): Promise<OpenDatePayload> {
    await this.service.openDate(em, date);
    return { closedDays: await this.service.list(em) };
  }
}

@Resolver(() => EquipmentType)
export class EquipmentUnitsResolver {
  @FieldResolver(() => [EquipmentUnitType], { description: 'The numbered units, retired ones included (staff).' })
  async units(@Root() equipment: Equipment): Promise<EquipmentUnit[]> {
    return equipment.units.loadItems({ orderBy: { id: 'asc' } });
  }
}
