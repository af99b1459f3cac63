/** Builders: each test stocks the shop with items of its own. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { Equipment } from '../../src/modules/catalogue/equipment.entity.js';
import { EquipmentUnit } from '../../src/modules/catalogue/equipment-unit.entity.js';
import { Product } from '../../src/modules/catalogue/product.entity.js';
import { ProductStock } from '../../src/modules/inventory/product-stock.entity.js';

export async function addProduct(
  orm: MikroORM,
  {
    onHand = 10,
    ...product
  }: Partial<{ name: string; priceMinor: number; active: boolean; currency: string }> & {
    onHand?: number | null;
  } = {},
): Promise<number> {
  const em = orm.em.fork();
  const created = em.create(Product, { name: 'Gourde', priceMinor: 2490, currency: 'EUR', ...product });
  em.create(ProductStock, { product: created, onHand });
  await em.flush();
  return created.id;
}

export async function addEquipment(
  orm: MikroORM,
  {
    units = 2,
    ...equipment
  }: Partial<{
    name: string;
    pricePerDayMinor: number;
    pricePerWeekMinor: number;
    pricePerMonthMinor: number;
    depositMinor: number;
    turnaroundDays: number;
    active: boolean;
    withdrawalRight: boolean;
  }> & {
    units?: number;
  } = {},
): Promise<number> {
  const em = orm.em.fork();
  const created = em.create(Equipment, { name: 'Vélo', pricePerDayMinor: 4500, currency: 'EUR', ...equipment });
  for (let number = 1; number <= units; number += 1) {
    em.create(EquipmentUnit, { equipment: created, label: `U-${number}` });
  }
  await em.flush();
  return created.id;
}

/**
 * Opens the connections of the pool, so that requests sent at once really run at once: on a cold pool the
 * first is done before the others have connected.
 */
export async function warmUp(orm: MikroORM): Promise<void> {
  await Promise.all(Array.from({ length: 20 }, () => orm.em.fork().execute('select pg_sleep(0.1)')));
}

/** What is left of a product and held of it, straight from the table. */
export async function stockOf(orm: MikroORM, productId: number): Promise<{ onHand: number | null; held: number }> {
  const { onHand, held } = await orm.em.fork().findOneOrFail(ProductStock, { product: productId });
  return { onHand: onHand ?? null, held };
}

/** The active bookings of all units of an equipment. */
export async function activeBookings(orm: MikroORM, equipmentId: number): Promise<{ unit: number; period: string }[]> {
  return orm.em.fork().execute(
    `select b.unit_id as unit, b.period::text as period from bookings b join equipment_units u on u.id = b.unit_id
     where u.equipment_id = ? and b.active order by b.period, b.unit_id`,
    [equipmentId],
  );
}
