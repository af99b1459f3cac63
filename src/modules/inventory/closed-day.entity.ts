/** Days on which the shop is closed: nothing leaves it and nothing comes back. */
import { defineEntity, p } from '@mikro-orm/core';

const ClosedWeekdaySchema = defineEntity({
  name: 'ClosedWeekday',
  tableName: 'closed_weekdays',
  properties: {
    /** ISO: Monday is 1, Sunday is 7. */
    weekday: p.integer().primary().autoincrement(false),
  },
  checks: [{ name: 'closed_weekdays_is_a_weekday', expression: 'weekday >= 1 and weekday <= 7' }],
});

export class ClosedWeekday extends ClosedWeekdaySchema.class {}
ClosedWeekdaySchema.setClass(ClosedWeekday);

const ClosedDateSchema = defineEntity({
  name: 'ClosedDate',
  tableName: 'closed_dates',
  properties: {
    date: p.string().columnType('date').primary(),
    /** For people, such as the name of the holiday. */
    reason: p.string().length(200),
  },
});

export class ClosedDate extends ClosedDateSchema.class {}
ClosedDateSchema.setClass(ClosedDate);
