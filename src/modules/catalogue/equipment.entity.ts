/** Equipment: rented by the day, as numbered units of one kind. */
import { defineEntity, p } from '@mikro-orm/core';
import { EquipmentUnit } from './equipment-unit.entity.js';
import { searchIndex, searchName } from './search-name.js';

const EquipmentSchema = defineEntity({
  name: 'Equipment',
  tableName: 'equipment',
  properties: {
    id: p.integer().primary(),
    name: p.string().length(200),
    /** The name as searches compare it; PostgreSQL keeps it in step. */
    searchName: searchName(),
    description: p.text().default(''),
    /** Price a unit and day, in minor units of `currency`. */
    pricePerDayMinor: p.bigint('number'),
    /** For seven days, and for thirty; null where there is no such price. */
    pricePerWeekMinor: p.bigint('number').nullable(),
    pricePerMonthMinor: p.bigint('number').nullable(),
    /** Deposit a unit; recorded on the order, charged by nobody yet. */
    depositMinor: p.bigint('number').nullable(),
    currency: p.string().columnType('char(3)'),
    /** Days that a unit stays in the shop after each rental, for cleaning and repair. */
    turnaroundDays: p.integer().default(0),
    /** False takes it off the catalogue; bookings that exist stay as they are. */
    active: p.boolean().default(true),
    /** Whether the law lets buyers withdraw from it; frozen on each order. */
    withdrawalRight: p.boolean().default(true),
    /** Counts the changes: a change based on an outdated version is rejected. */
    version: p.integer().version(),
    units: () => p.oneToMany(EquipmentUnit).mappedBy('equipment'),
  },
  indexes: [searchIndex('equipment')],
  checks: [
    { name: 'equipment_price_bounds', expression: 'price_per_day_minor >= 0 and price_per_day_minor <= 999999999999' },
    {
      name: 'equipment_longer_prices_bounds',
      expression:
        'price_per_week_minor >= 0 and price_per_week_minor <= 999999999999 and price_per_month_minor >= 0 and price_per_month_minor <= 999999999999',
    },
    { name: 'equipment_deposit_bounds', expression: 'deposit_minor >= 0 and deposit_minor <= 999999999999' },
    { name: 'equipment_turnaround_bounds', expression: 'turnaround_days >= 0 and turnaround_days <= 30' },
  ],
});

export class Equipment extends EquipmentSchema.class {}
EquipmentSchema.setClass(Equipment);
