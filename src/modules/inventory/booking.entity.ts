/** A span of days in which one unit is booked: rented, or kept back by staff. */
import { defineEntity, p } from '@mikro-orm/core';
import { EquipmentUnit } from '../catalogue/equipment-unit.entity.js';

export enum BookingKind {
  /** For an order line. */
  RENTAL = 'RENTAL',
  /** By staff: a repair, or a rental over the counter. */
  BLOCK = 'BLOCK',
}

// Rows are written by the inventory's SQL; the exclusion constraint makes two active bookings of one unit
// on one day impossible, whatever that SQL does. It is spelled as PostgreSQL prints it, so that the
// comparison of entities and migrations finds it unchanged.
const BookingSchema = defineEntity({
  name: 'Booking',
  tableName: 'bookings',
  properties: {
    id: p.bigint('number').primary(),
    kind: p.enum(() => BookingKind).default(BookingKind.RENTAL),
    unit: () => p.manyToOne(EquipmentUnit),
    /** The rental's order line; no foreign key, since orders build on the inventory and not the other way round. */
    orderLineId: p.uuid().nullable().index(),
    /** Half-open: the first day up to the day on which the next booking may start, turnaround included. */
    period: p.string().columnType('daterange'),
    /** The day on which a rental has to be back. */
    returnDate: p.string().columnType('date').nullable(),
    /** False once released: the row then stands for history only. */
    active: p.boolean().default(true),
    pickedUpAt: p.datetime().nullable(),
    returnedAt: p.datetime().nullable(),
    /** The day of it, in the time zone of the shop: the turnaround counts from here. */
    returnedOn: p.string().columnType('date').nullable(),
    /** Why staff keep the unit back. */
    reason: p.string().length(200).nullable(),
    /** Who blocked it: `staff:…`. */
    createdBy: p.string().length(300).nullable(),
  },
  indexes: [
    // A unit's neighbours in the calendar: the booking before a day and the one after it, one step each.
    {
      name: 'bookings_unit_start_index',
      expression: 'create index "bookings_unit_start_index" on "bookings" ("unit_id", lower("period")) where "active"',
    },
    // The units that are out of the shop now; few, however long the history is, and each with one renter.
    {
      name: 'bookings_out_unique',
      expression:
        'create unique index "bookings_out_unique" on "bookings" ("unit_id") where picked_up_at is not null and returned_at is null',
    },
    { name: 'bookings_returned_on_index', properties: ['unit', 'returnedOn'] },
    // What came back late; few.
    {
      name: 'bookings_late_index',
      expression: 'create index "bookings_late_index" on "bookings" ("returned_on") where returned_on > return_date',
    },
    // What leaves on which day.
    {
      name: 'bookings_start_index',
      expression: 'create index "bookings_start_index" on "bookings" (lower("period")) where "active"',
    },
    { name: 'bookings_return_date_index', properties: ['returnDate'] },
  ],
  checks: [
    {
      name: 'bookings_no_overlap',
      expression: 'EXCLUDE USING gist (unit_id WITH =, period WITH &&) WHERE (active) DEFERRABLE',
    },
    {
      name: 'bookings_kind_fits',
      expression:
        "(kind = 'RENTAL' and order_line_id is not null and return_date is not null) or (kind = 'BLOCK' and order_line_id is null and reason is not null)",
    },
    {
      name: 'bookings_returned_after_pick_up',
      expression: 'returned_at is null or (picked_up_at is not null and returned_at >= picked_up_at)',
    },
  ],
});

export class Booking extends BookingSchema.class {}
BookingSchema.setClass(Booking);
