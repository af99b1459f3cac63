/** Equipment: rented by the day, as numbered units of one kind. */
import { defineEntity, p } from '@mikro-orm/core';
import { EquipmentUnit } from './equipment-unit.entity.js';

const EquipmentSchema = defineEntity({
  name: 'Equipment',
  tableName: 'equipment',
  properties: {
    id: p.integer().primary(),
    name: p.string().length(200),
    description: p.text().default(''),
    /** Price a unit and day, in minor units of `currency`. */
    pricePerDayMinor: p.bigint('number'),
    currency: p.string().columnType('char(3)'),
    /** Days that a unit stays in the shop after each rental, for cleaning and repair. */
    turnaroundDays: p.integer().default(0),
    /** False takes it off the catalogue; bookings that exist stay as they are. */
    active: p.boolean().default(true),
    units: () => p.oneToMany(EquipmentUnit).mappedBy('equipment'),
  },
  checks: [
    { name: 'equipment_price_bounds', expression: 'price_per_day_minor >= 0 and price_per_day_minor <= 99999999' },
    { name: 'equipment_turnaround_bounds', expression: 'turnaround_days >= 0 and turnaround_days <= 30' },
  ],
});

export class Equipment extends EquipmentSchema.class {}
EquipmentSchema.setClass(Equipment);
