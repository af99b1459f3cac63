/** A span of days in which one unit is spoken for. */
import { defineEntity, p } from '@mikro-orm/core';
import { EquipmentUnit } from '../catalogue/equipment-unit.entity.js';

// Rows are written by the inventory service's SQL; the exclusion constraint makes two active bookings of
// one unit on one day impossible, whatever that SQL does. It is spelled as PostgreSQL prints it, so that
// the comparison of entities and migrations finds it unchanged.
const BookingSchema = defineEntity({
  name: 'Booking',
  tableName: 'bookings',
  properties: {
    id: p.bigint('number').primary(),
    unit: () => p.manyToOne(EquipmentUnit),
    /** The rental's order line; no foreign key, since orders build on the inventory and not the other way round. */
    orderLineId: p.uuid().index(),
    /** Half-open: the first rental day up to the day on which the next rental may start. */
    period: p.string().columnType('daterange'),
    /** False once released: the row then stands for history only. */
    active: p.boolean().default(true),
  },
  checks: [
    {
      name: 'bookings_no_overlap',
      expression: 'EXCLUDE USING gist (unit_id WITH =, period WITH &&) WHERE (active) DEFERRABLE',
    },
  ],
});

export class Booking extends BookingSchema.class {}
BookingSchema.setClass(Booking);
