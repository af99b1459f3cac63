/** A small, believable shop for the demo. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { Equipment } from '../src/modules/catalogue/equipment.entity.js';
import { EquipmentUnit } from '../src/modules/catalogue/equipment-unit.entity.js';
import { Product } from '../src/modules/catalogue/product.entity.js';
import { ProductStock } from '../src/modules/inventory/product-stock.entity.js';

const PRODUCTS = [
  { name: 'Gourde isotherme 750 ml', description: 'Inox, garde au frais 24 heures.', priceMinor: 2490, onHand: 40 },
  { name: 'Carte IGN 3136ET Bourg-d’Oisans', description: 'Au 1 : 25 000.', priceMinor: 1350, onHand: 60 },
  { name: 'Barre d’amandes et miel', description: 'Fabriquée à Die, 45 g.', priceMinor: 280, onHand: 250 },
  { name: 'Lampe frontale 400 lm', description: 'Rechargeable, autonomie 60 heures.', priceMinor: 4995, onHand: 18 },
  {
    name: 'Guide des randonnées en PDF',
    description: 'Cent itinéraires, à télécharger.',
    priceMinor: 900,
    onHand: null,
  },
];

const EQUIPMENT = [
  {
    name: 'Vélo électrique',
    label: 'VELO',
    units: 6,
    pricePerDayMinor: 4500,
    pricePerWeekMinor: 22_500,
    pricePerMonthMinor: 67_500,
    depositMinor: 50_000,
    turnaroundDays: 1,
  },
  { name: 'Tente deux places', label: 'TENTE', units: 4, pricePerDayMinor: 1800, turnaroundDays: 1 },
  { name: 'Raquettes à neige', label: 'RAQ', units: 12, pricePerDayMinor: 900, turnaroundDays: 0 },
  { name: 'Porte-bébé de randonnée', label: 'BEBE', units: 3, pricePerDayMinor: 1200, turnaroundDays: 0 },
  { name: 'Perceuse', label: 'PERC', units: 3, pricePerDayMinor: 1500, depositMinor: 20_000, turnaroundDays: 1 },
];

/** Fills an empty catalogue; one that has items stays as it is. */
export async function seedShop(em: EntityManager, currency: string): Promise<void> {
  if ((await em.count(Product)) + (await em.count(Equipment)) > 0) return;
  // Whole or not at all: a shop that is half there would count as one that has items.
  await em.transactional((transaction) => addItems(transaction, currency));
}

async function addItems(em: EntityManager, currency: string): Promise<void> {
  // One at a time, so that ids follow the order above: the documentation speaks of product 1.
  for (const { onHand, ...product } of PRODUCTS) {
    const created = em.create(Product, { ...product, currency });
    await em.persist(created).flush();
    em.create(ProductStock, { product: created, onHand });
  }
  for (const { label, units, ...equipment } of EQUIPMENT) {
    const created = em.create(Equipment, { ...equipment, currency });
    await em.persist(created).flush();
    for (let number = 1; number <= units; number += 1) {
      em.create(EquipmentUnit, { equipment: created, label: `${label}-${String(number).padStart(2, '0')}` });
    }
  }
  await em.flush();
}
