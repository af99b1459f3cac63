/** Staff change the catalogue: every change leaves a row that says who, when, what it was and what it became. */
import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../../platform/auth/viewer.js';
import { inTransaction } from '../../platform/database/transaction.js';
import { maxChargeMinor } from '../../platform/kernel/charge-limits.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError, type FieldErrors } from '../../platform/kernel/domain-error.js';
import { parseCatalogueId } from '../../platform/kernel/identifier.js';
import { smallestStepMinor } from '../../platform/kernel/money.js';
import { decodeCursor, encodeCursor, type Page, type PageRequest, pageSizeOf } from '../../platform/kernel/page.js';
import { lineProblem } from '../../platform/kernel/plain-text.js';
import type { ShopConfig } from '../shop/shop-config.js';
import { CatalogueChange, CatalogueChangeAction } from './catalogue-change.entity.js';
import { Equipment } from './equipment.entity.js';
import { EquipmentUnit } from './equipment-unit.entity.js';
import { ItemType } from './item-type.js';
import type {
  AddUnitsInput,
  CreateEquipmentInput,
  CreateProductInput,
  UpdateEquipmentInput,
  UpdateProductInput,
} from './management.input.js';
import { Product } from './product.entity.js';

type Values = Record<string, unknown>;

/** A change for the audit. */
export interface RecordedChange {
  viewer: Viewer;
  itemType: ItemType;
  itemId: number;
  unitId?: number;
  action: CatalogueChangeAction;
  before: Values | null;
  after: Values | null;
  reason?: string;
}

const LABEL_LENGTH_MAXIMUM = 40;

export class CatalogueManagementService {
  constructor(
    private readonly shop: ShopConfig,
    private readonly clock: Clock,
  ) {}

  /** The new product. Its stock is the inventory's: it is created in the same transaction. */
  async createProduct(em: EntityManager, viewer: Viewer, input: CreateProductInput): Promise<Product> {
    const { name, description, price, active, withdrawalRight } = input;
    this.checkPrices({ price });
    const { currency } = this.shop;
    const values = { name, description, priceMinor: price, currency, active, withdrawalRight };
    const product = em.create(Product, values);
    await em.flush();
    this.record(
      em,
      change(viewer, product, CatalogueChangeAction.CREATED, null, { ...values, stock: input.stock ?? null }),
    );
    return product;
  }

  /** @throws DomainError `NOT_FOUND`, `VERSION_CONFLICT` */
  async updateProduct(em: EntityManager, viewer: Viewer, input: UpdateProductInput): Promise<Product> {
    this.checkPrices({ price: input.price });
    const { name, description, price, active, withdrawalRight } = input;
    return inTransaction(em, async (transaction) => {
      const product = await lockProduct(transaction, input);
      const news = { name, description, priceMinor: price, active, withdrawalRight };
      return this.apply(transaction, viewer, product, withoutAbsent(news));
    });
  }

  async createEquipment(em: EntityManager, viewer: Viewer, input: CreateEquipmentInput): Promise<Equipment> {
    const { unitLabels, pricePerDay, pricePerWeek, pricePerMonth, deposit, ...rest } = input;
    this.checkPrices({ pricePerDay, pricePerWeek, pricePerMonth, deposit });
    checkLabels(unitLabels, 'unitLabels');
    return inTransaction(em, async (transaction) => {
      const values = {
        ...rest,
        pricePerDayMinor: pricePerDay,
        pricePerWeekMinor: pricePerWeek ?? null,
        pricePerMonthMinor: pricePerMonth ?? null,
        depositMinor: deposit ?? null,
        currency: this.shop.currency,
      };
      const equipment = transaction.create(Equipment, values);
      for (const label of unitLabels) transaction.create(EquipmentUnit, { equipment, label });
      await transaction.flush();
      this.record(
        transaction,
        change(viewer, equipment, CatalogueChangeAction.CREATED, null, { ...values, units: unitLabels }),
      );
      return equipment;
    });
  }

  /** @throws DomainError `NOT_FOUND`, `VERSION_CONFLICT` */
  async updateEquipment(em: EntityManager, viewer: Viewer, input: UpdateEquipmentInput): Promise<Equipment> {
    const { name, description, pricePerDay, pricePerWeek, pricePerMonth, deposit, ...rest } = input;
    const { turnaroundDays, active, withdrawalRight } = rest;
    this.checkPrices({ pricePerDay, pricePerWeek, pricePerMonth, deposit });
    return inTransaction(em, async (transaction) => {
      const equipment = await lockEquipment(transaction, input);
      const unsettable = {
        pricePerWeekMinor: pricePerWeek,
        pricePerMonthMinor: pricePerMonth,
        depositMinor: deposit,
      };
      const news = { name, description, pricePerDayMinor: pricePerDay, turnaroundDays, active, withdrawalRight };
      return this.apply(transaction, viewer, equipment, { ...withoutAbsent(news), ...withoutUndefined(unsettable) });
    });
  }

  /** @throws DomainError `NOT_FOUND`, `BAD_USER_INPUT` for labels that are taken */
  async addUnits(em: EntityManager, viewer: Viewer, { equipmentId, labels }: AddUnitsInput): Promise<Equipment> {
    checkLabels(labels, 'labels');
    return inTransaction(em, async (transaction) => {
      const equipment = await lockEquipment(transaction, { id: equipmentId }, 'equipmentId');
      const taken = await transaction.find(EquipmentUnit, { equipment, label: { $in: labels } });
      const fields: FieldErrors = {};
      for (const { label } of taken) fields[`labels[${labels.indexOf(label)}]`] = 'is the label of another unit';
      if (taken.length > 0) throw DomainError.ofFields('BAD_USER_INPUT', fields);
      for (const label of labels) transaction.create(EquipmentUnit, { equipment, label });
      this.record(transaction, change(viewer, equipment, CatalogueChangeAction.UNITS_ADDED, null, { units: labels }));
      return equipment;
    });
  }

  /** The changes of an item, the latest first. */
  async changes(
    em: EntityManager,
    item: { type: ItemType; id: string },
    page: PageRequest,
  ): Promise<Page<CatalogueChange>> {
    const size = pageSizeOf(page);
    const before = page.after == null ? null : parseCatalogueId(decodeCursor(page.after, 1)[0] ?? '');
    if (page.after != null && before === null) throw DomainError.badInput('after', 'is not a cursor of this list');
    const where = { itemType: item.type, itemId: parseCatalogueId(item.id) ?? 0 };
    const beyond = before === null ? {} : { id: { $lt: before } };
    const options = { orderBy: { id: 'desc' as const }, limit: size + 1 };
    const changes = await em.find(CatalogueChange, { ...where, ...beyond }, options);
    return {
      items: changes.slice(0, size),
      hasNextPage: changes.length > size,
      hasPreviousPage: page.after != null,
      cursorOf: ({ id }) => encodeCursor(id),
    };
  }

  /** Part of the caller's transaction: no change without its row. */
  record(em: EntityManager, { viewer, unitId, reason, ...rest }: RecordedChange): void {
    const details = { unitId: unitId ?? null, reason: reason ?? null };
    em.create(CatalogueChange, { at: this.clock.now(), actor: actorOf(viewer), ...details, ...rest });
  }

  private apply<Item extends Product | Equipment>(
    em: EntityManager,
    viewer: Viewer,
    item: Item,
    news: Partial<Item>,
  ): Item {
    const current = new Map<string, unknown>(Object.entries(item));
    const changed = Object.entries(news).filter(([name, value]) => (current.get(name) ?? null) !== (value ?? null));
    if (changed.length === 0) return item;
    const before = Object.fromEntries(changed.map(([name]) => [name, current.get(name) ?? null]));
    this.record(em, change(viewer, item, CatalogueChangeAction.UPDATED, before, Object.fromEntries(changed)));
    return Object.assign(item, news);
  }

  /** An amount that Stripe could not charge is rejected here, and not at the first checkout. */
  private checkPrices(prices: Record<string, number | null | undefined>): void {
    const { currency } = this.shop;
    const step = smallestStepMinor(currency);
    const largest = maxChargeMinor(currency);
    const fields: FieldErrors = {};
    for (const [name, price] of Object.entries(prices)) {
      if (price != null && price > largest) fields[name] = `must not be greater than ${largest} in ${currency}`;
      else if (price != null && price % step !== 0) fields[name] = `must be a multiple of ${step} in ${currency}`;
    }
    if (Object.keys(fields).length > 0) throw DomainError.ofFields('BAD_USER_INPUT', fields);
  }
}

function change(
  viewer: Viewer,
  item: Product | Equipment,
  action: CatalogueChangeAction,
  before: Values | null,
  after: Values | null,
): RecordedChange {
  const itemType = item instanceof Product ? ItemType.PRODUCT : ItemType.EQUIPMENT;
  return { viewer, itemType, itemId: item.id, action, before, after };
}

/** What an item is asked for by; with a version, the caller has seen this very one. */
interface ItemKey {
  id: string;
  version?: number;
}

// Read fresh: what was read before the lock may have changed since.
const LOCKED = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;

/** The product, locked until the transaction ends. */
export async function lockProduct(em: EntityManager, key: ItemKey, field = 'id'): Promise<Product> {
  return checked(await em.findOne(Product, { id: parseCatalogueId(key.id) ?? 0 }, LOCKED), key, field);
}

/** The equipment, locked until the transaction ends: nobody books, blocks or retires a unit of it meanwhile. */
export async function lockEquipment(em: EntityManager, key: ItemKey, field = 'id'): Promise<Equipment> {
  return checked(await em.findOne(Equipment, { id: parseCatalogueId(key.id) ?? 0 }, LOCKED), key, field);
}

function checked<Item extends { version: number }>(item: Item | null, { id, version }: ItemKey, field: string): Item {
  if (item === null) throw DomainError.ofFields('NOT_FOUND', { [field]: `no item has the id ${id}` });
  if (version === undefined || item.version === version) return item;
  throw new DomainError('VERSION_CONFLICT', 'Somebody else has changed it: read it again and repeat the change.', {
    fields: { version: `is ${item.version} by now` },
    currentVersion: item.version,
  });
}

function checkLabels(labels: readonly string[], field: string): void {
  const fields: FieldErrors = {};
  labels.forEach((label, index) => {
    const problem = lineProblem(label, LABEL_LENGTH_MAXIMUM);
    if (problem !== null) fields[`${field}[${index}]`] = problem;
    else if (labels.indexOf(label) < index) fields[`${field}[${index}]`] = 'repeats an earlier label';
  });
  if (Object.keys(fields).length > 0) throw DomainError.ofFields('BAD_USER_INPUT', fields);
}

/** What was sent: null means the same as absent, where a value cannot be taken away. */
function withoutAbsent<Value>(values: Record<string, Value | null | undefined>): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value != null)) as Record<string, Value>;
}

function withoutUndefined<Value>(values: Record<string, Value | undefined>): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Record<string, Value>;
}
