/** What is for sale and for rent. */
import type { EntityManager, FilterQuery } from '@mikro-orm/postgresql';
import { batched } from '../../platform/database/batched.js';
import { DomainError, type FieldErrors } from '../../platform/kernel/domain-error.js';
import { parseCatalogueId } from '../../platform/kernel/identifier.js';
import { decodeCursor, encodeCursor, type Page, type PageRequest, pageSizeOf } from '../../platform/kernel/page.js';
import type { ShopConfig } from '../shop/shop-config.js';
import { Equipment } from './equipment.entity.js';
import { EquipmentUnit } from './equipment-unit.entity.js';
import { ItemType } from './item-type.js';
import { findOffers, type Offer } from './offers.repository.js';
import { Product } from './product.entity.js';

export type CatalogueItem = Product | Equipment;

/** An item as a basket names it. */
export interface ItemReference {
  type: ItemType;
  id: string;
}

export interface CatalogueQuery extends PageRequest {
  type?: ItemType | null | undefined;
  /** Part of a name; case and accents do not matter. */
  search?: string | null | undefined;
  /** Also what is not on offer. */
  includeInactive?: boolean;
}

// The order of the list: products before equipment, each in the order in which they were added.
const LISTED_TYPES = [ItemType.PRODUCT, ItemType.EQUIPMENT];

export class CatalogueService {
  constructor(private readonly shop: ShopConfig) {}

  private readonly products = batched<Product>(
    (em, ids) => em.find(Product, { id: { $in: ids.map(Number) } }, { refresh: true }),
    ({ id }) => String(id),
  );

  private readonly equipment = batched<Equipment>(
    (em, ids) => em.find(Equipment, { id: { $in: ids.map(Number) } }, { refresh: true }),
    ({ id }) => String(id),
  );

  private readonly units = batched<EquipmentUnit>(
    (em, ids) => em.find(EquipmentUnit, { id: { $in: ids.map(Number) } }, { refresh: true }),
    ({ id }) => String(id),
  );

  /** The item when it is on offer, or whatever it is for those who see all; else null. */
  async find(
    em: EntityManager,
    { type, id }: ItemReference,
    { includeInactive = false } = {},
  ): Promise<CatalogueItem | null> {
    const key = parseCatalogueId(id);
    if (key === null) return null;
    const where = { id: key, ...(includeInactive ? {} : this.onOffer()) };
    return type === ItemType.PRODUCT ? em.findOne(Product, where) : em.findOne(Equipment, where);
  }

  /** An item that something refers to: read together with the others that an answer shows. Null when not on offer. */
  async itemOf(
    em: EntityManager,
    { type, id }: { type: ItemType; id: number },
    { includeInactive = false } = {},
  ): Promise<CatalogueItem | null> {
    const [item] = await (type === ItemType.PRODUCT ? this.products : this.equipment)(em, String(id));
    if (item === undefined) return null;
    const isOnOffer = item.active && item.currency === this.shop.currency;
    return isOnOffer || includeInactive ? item : null;
  }

  /** A unit that something refers to, retired or not. */
  async unitById(em: EntityManager, id: number): Promise<EquipmentUnit> {
    const [unit] = await this.units(em, String(id));
    if (!unit) throw new Error(`The unit ${id} is gone.`);
    return unit;
  }

  /** The equipment that a unit is one of. */
  async equipmentOf(em: EntityManager, { equipment: { id } }: EquipmentUnit): Promise<Equipment> {
    const [equipment] = await this.equipment(em, String(id));
    if (!equipment) throw new Error(`The equipment ${id} is gone.`);
    return equipment;
  }

  /** Those of the items that are on offer. */
  async findOffers(em: EntityManager, references: readonly ItemReference[]): Promise<Offer[]> {
    const idsOf = (type: ItemType) =>
      references.filter((reference) => reference.type === type).map(({ id }) => parseCatalogueId(id) ?? 0);
    const ids = { products: idsOf(ItemType.PRODUCT), equipment: idsOf(ItemType.EQUIPMENT) };
    return findOffers(em, ids, this.shop.currency);
  }

  /**
   * The items that a basket names, in its order.
   *
   * @throws DomainError `NOT_FOUND` naming every `items[n].id` that is not on offer
   */
  inOrder(references: readonly ItemReference[], offers: readonly Offer[]): Offer[] {
    const found = new Map(offers.map((offer) => [referenceKey({ type: offer.type, id: String(offer.id) }), offer]));
    const missing: FieldErrors = {};
    const items = references.flatMap((reference, index) => {
      const item = found.get(referenceKey(reference));
      if (!item) missing[`items[${index}].id`] = `no ${reference.type} with the id ${reference.id} is on offer`;
      return item ?? [];
    });
    if (items.length < references.length) throw DomainError.ofFields('NOT_FOUND', missing);
    return items;
  }

  /** One page of what is on offer, stable while items are added. */
  async list(
    em: EntityManager,
    { type, search, includeInactive, ...page }: CatalogueQuery,
  ): Promise<Page<CatalogueItem>> {
    const size = pageSizeOf(page);
    const position = page.after == null ? null : positionOf(page.after);
    const name = search ? { searchName: { $like: await searchPattern(em, search) } } : {};
    const items: CatalogueItem[] = [];
    for (const listed of type ? [type] : LISTED_TYPES) {
      if (position && LISTED_TYPES.indexOf(listed) < LISTED_TYPES.indexOf(position.type)) continue;
      const beyond = position?.type === listed ? { id: { $gt: position.id } } : {};
      const where = { ...(includeInactive ? {} : this.onOffer()), ...name, ...beyond };
      // One more than asked for tells whether a next page exists.
      const options = { orderBy: { id: 'asc' as const }, limit: size + 1 - items.length };
      if (options.limit === 0) break;
      if (listed === ItemType.PRODUCT) items.push(...(await em.find(Product, where as FilterQuery<Product>, options)));
      else items.push(...(await em.find(Equipment, where as FilterQuery<Equipment>, options)));
    }
    return {
      items: items.slice(0, size),
      hasNextPage: items.length > size,
      hasPreviousPage: position !== null,
      cursorOf: (item) => encodeCursor(typeOf(item), item.id),
    };
  }

  // An item priced in another currency than the shop's could not be charged, so it is not on offer.
  private onOffer() {
    return { active: true, currency: this.shop.currency };
  }
}

/** The text as the generated column has it: the database folds both the same way. */
async function searchPattern(em: EntityManager, search: string): Promise<string> {
  const [row] = await em.execute<{ key: string }[]>('select search_key(?) as key', [search]);
  return `%${(row?.key ?? '').replace(/[\\%_]/g, '\\$&')}%`;
}

function typeOf(item: CatalogueItem): ItemType {
  return item instanceof Product ? ItemType.PRODUCT : ItemType.EQUIPMENT;
}

function referenceKey({ type, id }: ItemReference): string {
  return `${type}:${id}`;
}

function positionOf(cursor: string): { type: ItemType; id: number } {
  const [type, id] = decodeCursor(cursor, 2);
  const key = parseCatalogueId(id ?? '');
  const listed = LISTED_TYPES.find((candidate) => candidate === type);
  if (key === null || listed === undefined) throw DomainError.badInput('after', 'is not a cursor of this list');
  return { type: listed, id: key };
}
