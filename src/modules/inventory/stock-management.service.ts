/** Staff change stock: pieces of products, units of equipment, and the days on which a unit is blocked. */
import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../../platform/auth/viewer.js';
import { batched } from '../../platform/database/batched.js';
import { inTransaction } from '../../platform/database/transaction.js';
import {
  addDays,
  type CalendarDate,
  calendarDateAt,
  checkDay,
  daysBetween,
} from '../../platform/kernel/calendar-date.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { parseCatalogueId } from '../../platform/kernel/identifier.js';
import { CatalogueChangeAction } from '../catalogue/catalogue-change.entity.js';
import { Equipment } from '../catalogue/equipment.entity.js';
import { EquipmentUnit } from '../catalogue/equipment-unit.entity.js';
import { ItemType } from '../catalogue/item-type.js';
import {
  type AdjustStockInput,
  type CreateProductInput,
  MAX_STOCK,
  type SetStockInput,
} from '../catalogue/management.input.js';
import { type CatalogueManagementService, lockEquipment, lockProduct } from '../catalogue/management.service.js';
import type { Product } from '../catalogue/product.entity.js';
import type { ShopConfig } from '../shop/shop-config.js';
import { Booking, BookingKind } from './booking.entity.js';
import {
  findBlock,
  findBlocks,
  isOverdue,
  lockRentalsToCome,
  moveBooking,
  type RentalToCome,
  type UnitBlock,
} from './bookings.repository.js';
import type { BlockUnitInput, RetireUnitInput } from './inventory.input.js';
import { ProductStock } from './product-stock.entity.js';
import { calendarsAround } from './unit-calendars.hot-path.js';
import { freeUnits } from './unit-search.js';

/** A unit with what it is one of. */
interface UnitOfEquipment {
  unit: EquipmentUnit;
  equipment: Equipment;
}

/** Knows which orders rentals are of; built on the inventory, which knows it by this alone. */
export interface RentalOrders {
  /** The orders of order lines, by the ids of both. Part of the caller's transaction. */
  ordersOfLines(em: EntityManager, orderLineIds: readonly string[]): Promise<Map<string, string>>;
}

/** For the audit. */
interface MovedRental {
  orderId: string;
  orderLineId: string;
  toUnitId: number;
}

// A unit that is kept back for longer is retired.
const MAX_BLOCK_DAYS = 730;

export class StockManagementService {
  constructor(
    private readonly catalogue: CatalogueManagementService,
    private readonly orders: RentalOrders,
    private readonly shop: ShopConfig,
    private readonly clock: Clock,
  ) {}

  /** A new product with its stock. */
  async createProduct(em: EntityManager, viewer: Viewer, input: CreateProductInput): Promise<Product> {
    return inTransaction(em, async (transaction) => {
      const product = await this.catalogue.createProduct(transaction, viewer, input);
      transaction.create(ProductStock, { product, onHand: input.stock ?? null });
      return product;
    });
  }

  /**
   * Adds pieces, or takes away what is gone.
   *
   * @throws DomainError `NOT_FOUND`; `BAD_USER_INPUT` for unlimited stock, or for fewer than are held
   */
  async adjustStock(em: EntityManager, viewer: Viewer, input: AdjustStockInput): Promise<Product> {
    return inTransaction(em, async (transaction) => {
      const product = await lockProduct(transaction, { id: input.productId }, 'productId');
      const [stock] = await transaction.execute<{ onHand: number }[]>(
        `update product_stocks set on_hand = on_hand + ?
         where product_id = ? and on_hand is not null and on_hand::bigint + ? between held and ${MAX_STOCK}
         returning on_hand as "onHand"`,
        [input.change, product.id, input.change],
      );
      if (!stock) throw await this.stockProblem(transaction, product, 'change', input.change);
      const after = { onHand: stock.onHand };
      this.record(
        transaction,
        viewer,
        product,
        { before: { onHand: stock.onHand - input.change }, after },
        input.reason,
      );
      return product;
    });
  }

  /** Sets the stock to what was counted, or makes it unlimited. */
  async setStock(em: EntityManager, viewer: Viewer, input: SetStockInput): Promise<Product> {
    const { productId, onHand = null, reason } = input;
    return inTransaction(em, async (transaction) => {
      const product = await lockProduct(transaction, { id: productId }, 'productId');
      // Locked, since sales change it without a lock on the product.
      const locked = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
      const stock = await transaction.findOneOrFail(ProductStock, { product }, locked);
      const updated = await transaction.execute(
        `update product_stocks set on_hand = ?::int
         where product_id = ? and (?::int is null or ?::int >= held) returning product_id`,
        [onHand, product.id, onHand, onHand],
      );
      if (updated.length === 0) throw await this.stockProblem(transaction, product, 'onHand');
      this.record(
        transaction,
        viewer,
        product,
        { before: { onHand: stock.onHand ?? null }, after: { onHand } },
        reason,
      );
      return product;
    });
  }

  /**
   * Takes a unit out of service for good, also one that is out and will not come back. Rentals to come get another unit
   * for the same days; under the equipment's lock, so that no new one is given to the unit, nor another's taken.
   *
   * @throws DomainError `NOT_FOUND`; `NOT_AVAILABLE`, with `orderIds`, where a rental to come finds no other unit
   */
  async retireUnit(em: EntityManager, viewer: Viewer, { unitId, reason }: RetireUnitInput): Promise<UnitOfEquipment> {
    return inTransaction(em, async (transaction) => {
      const { unit, equipment } = await this.lockUnit(transaction, unitId);
      if (!unit.active) return { unit, equipment };
      // First, so that the search below no longer finds it.
      unit.active = false;
      await transaction.flush();
      const moved = await this.moveRentals(transaction, unit, equipment);
      this.catalogue.record(transaction, {
        viewer,
        itemType: ItemType.EQUIPMENT,
        itemId: equipment.id,
        unitId: unit.id,
        action: CatalogueChangeAction.UNIT_RETIRED,
        before: { label: unit.label, active: true },
        after: { label: unit.label, active: false, ...(moved.length > 0 ? { moved } : {}) },
        reason,
      });
      return { unit, equipment };
    });
  }

  /**
   * Keeps a unit back, for a repair or a rental over the counter; the same constraint guards it.
   *
   * @throws DomainError `NOT_FOUND`, `BAD_USER_INPUT`; `NOT_AVAILABLE` where the unit is booked
   */
  async blockUnit(em: EntityManager, viewer: Viewer, input: BlockUnitInput): Promise<UnitBlock> {
    const { unitId, from, to, reason } = input;
    checkDay('from', from);
    checkDay('to', to);
    const length = daysBetween(from, to) + 1;
    if (length < 1 || length > MAX_BLOCK_DAYS) {
      throw DomainError.badInput('to', `must make a span of 1 to ${MAX_BLOCK_DAYS} days`);
    }
    return inTransaction(em, async (transaction) => {
      const { unit, equipment } = await this.lockUnit(transaction, unitId);
      if (!unit.active) throw DomainError.ofFields('NOT_FOUND', { unitId: 'is not a unit in service' });
      const until = addDays(to, 1);
      await this.rejectWhileOverdue(transaction, unit, addDays(this.today(), 1 + equipment.turnaroundDays), from);
      const [clash] = await transaction.execute<{ from: CalendarDate; until: CalendarDate }[]>(
        `select lower(period)::text as "from", upper(period)::text as until from bookings
         where unit_id = ? and active and period && daterange(?, ?) order by period limit 1`,
        [unit.id, from, until],
      );
      if (clash) {
        const days = `${clash.from} to ${addDays(clash.until, -1)}`;
        throw new DomainError('NOT_AVAILABLE', `Unit ${unit.label} is booked from ${days}.`, {
          fields: { from: `the unit is booked from ${days}` },
        });
      }
      const details = { kind: BookingKind.BLOCK, reason, createdBy: actorOf(viewer) };
      const block = transaction.create(Booking, { unit, period: `[${from},${until})`, ...details });
      await transaction.flush();
      this.recordBlock(
        transaction,
        viewer,
        unit,
        CatalogueChangeAction.UNIT_BLOCKED,
        { before: null, after: { from, to } },
        reason,
      );
      return { id: block.id, unitId: unit.id, from, to, reason };
    });
  }

  /** The blocks of a unit, by its id, that are not over yet, the earliest first. */
  readonly blocksOf = batched<UnitBlock>(
    (em, unitIds) => findBlocks(em, unitIds.map(Number), this.today()),
    ({ unitId }) => String(unitId),
  );

  /** Ends a block; one that was ended before stays so. @throws DomainError `NOT_FOUND` */
  async unblockUnit(em: EntityManager, viewer: Viewer, blockId: string): Promise<UnitBlock> {
    return inTransaction(em, async (transaction) => {
      const key = { id: parseCatalogueId(blockId) ?? 0, kind: BookingKind.BLOCK };
      const locked = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
      const booking = await transaction.findOne(Booking, key, locked);
      if (!booking) throw DomainError.ofFields('NOT_FOUND', { blockId: `no block has the id ${blockId}` });
      const block = await findBlock(transaction, booking.id);
      if (!booking.active) return block;
      booking.active = false;
      const unit = await transaction.findOneOrFail(EquipmentUnit, { id: block.unitId });
      const before = { period: booking.period };
      this.recordBlock(
        transaction,
        viewer,
        unit,
        CatalogueChangeAction.UNIT_UNBLOCKED,
        { before, after: null },
        block.reason,
      );
      return block;
    });
  }

  /** Gives the rentals to come of a unit to others, the earliest first. @returns which got which */
  private async moveRentals(em: EntityManager, unit: EquipmentUnit, equipment: Equipment): Promise<MovedRental[]> {
    const today = this.today();
    const question = { equipmentId: equipment.id, turnaroundDays: equipment.turnaroundDays, today };
    const moved: MovedRental[] = [];
    const inTheWay: RentalToCome[] = [];
    const rentals = await lockRentalsToCome(em, unit.id, today);
    const lineIds = rentals.map(({ orderLineId }) => orderLineId);
    const orders = await this.orders.ordersOfLines(em, lineIds);
    const orderOf = ({ orderLineId }: RentalToCome) => orders.get(orderLineId) ?? '';
    for (const rental of rentals) {
      const stay = { from: rental.from, until: rental.until };
      const [other] = freeUnits(await calendarsAround(em, question, stay), stay);
      if (other === undefined) inTheWay.push(rental);
      else {
        await moveBooking(em, rental.bookingId, other);
        moved.push({ orderId: orderOf(rental), orderLineId: rental.orderLineId, toUnitId: other });
      }
    }
    const [first] = inTheWay;
    if (first === undefined) return moved;
    throw new DomainError('NOT_AVAILABLE', `Unit ${unit.label} is rented from ${first.from}, and no other is free.`, {
      fields: { unitId: `is rented from ${first.from}, and no other unit is free then` },
      orderIds: [...new Set(inTheWay.map(orderOf))],
    });
  }

  /** It is not known when an overdue unit comes back: it is available from the first day on which it could be ready. */
  private async rejectWhileOverdue(
    em: EntityManager,
    { id, label }: EquipmentUnit,
    ready: CalendarDate,
    from: CalendarDate,
  ): Promise<void> {
    if (from >= ready || !(await isOverdue(em, id, this.today()))) return;
    throw new DomainError('NOT_AVAILABLE', `Unit ${label} is overdue: it could be ready on ${ready} at the earliest.`, {
      fields: { from: `the unit is overdue: it could be ready on ${ready} at the earliest` },
    });
  }

  /** The unit with its equipment, whose row is locked, as a hold locks it. */
  private async lockUnit(em: EntityManager, unitId: string): Promise<UnitOfEquipment> {
    const id = parseCatalogueId(unitId) ?? 0;
    const unit = await em.findOne(EquipmentUnit, { id });
    if (!unit) throw DomainError.ofFields('NOT_FOUND', { unitId: `no unit has the id ${unitId}` });
    const equipment = await lockEquipment(em, { id: String(unit.equipment.id) });
    await em.refresh(unit);
    return { unit, equipment };
  }

  private async stockProblem(em: EntityManager, product: Product, field: string, change = 0): Promise<DomainError> {
    const stock = await em.findOneOrFail(ProductStock, { product }, { refresh: true });
    if (stock.onHand == null && field === 'change') {
      return DomainError.badInput(field, 'has no effect on unlimited stock: set the stock first');
    }
    if (change > 0) return DomainError.badInput(field, `would make more than ${MAX_STOCK} pieces`);
    return DomainError.badInput(field, `would leave fewer than the ${stock.held} pieces that unpaid orders hold`);
  }

  private record(
    em: EntityManager,
    viewer: Viewer,
    { id }: Product,
    values: { before: Record<string, unknown>; after: Record<string, unknown> },
    reason: string,
  ): void {
    const item = { itemType: ItemType.PRODUCT, itemId: id };
    this.catalogue.record(em, { viewer, ...item, action: CatalogueChangeAction.STOCK_CHANGED, ...values, reason });
  }

  private recordBlock(
    em: EntityManager,
    viewer: Viewer,
    { id: unitId, equipment }: EquipmentUnit,
    action: CatalogueChangeAction,
    values: { before: Record<string, unknown> | null; after: Record<string, unknown> | null },
    reason: string,
  ): void {
    const item = { itemType: ItemType.EQUIPMENT, itemId: equipment.id, unitId };
    this.catalogue.record(em, { viewer, ...item, action, ...values, reason });
  }

  private today(): CalendarDate {
    return calendarDateAt(this.clock.now(), this.shop.timeZone);
  }
}
