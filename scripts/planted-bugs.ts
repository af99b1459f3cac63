/**
 * `npm run planted-bugs [-- NAME…]`: bugs in catalogue, inventory, prices, access, limits and privacy that the tests have to notice. Those in
 * payments are in `npm run chaos:sabotage`.
 */
import { type PlantedBug, plant } from './sabotage.js';

const INVENTORY = 'src/inventory/inventory.service.ts';
const DAYS = 'src/shared/calendar-date.ts';
const POLICY = 'src/graphql/access-policy.ts';
const LIMITS = 'src/graphql/document-limits.ts';
const NEXT_DAY = 'return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);';

const bugs: readonly PlantedBug[] = [
  {
    name: 'any depth',
    file: LIMITS,
    right: 'const DEEPEST_SELECTION = 8;',
    wrong: 'const DEEPEST_SELECTION = 8_000;',
    tests: ['test/graphql/abuse'],
  },
  {
    name: 'any number of aliases',
    file: LIMITS,
    right: 'const MOST_ALIASES = 3;',
    wrong: 'const MOST_ALIASES = 3_000;',
    tests: ['test/graphql/abuse'],
  },
  {
    name: 'any number of directives',
    file: LIMITS,
    right: 'const MOST_DIRECTIVES = 3;',
    wrong: 'const MOST_DIRECTIVES = 3_000;',
    tests: ['test/graphql/abuse'],
  },
  {
    name: 'any cost',
    file: LIMITS,
    right: 'const HIGHEST_COST = 5_000;',
    wrong: 'const HIGHEST_COST = 5_000_000_000;',
    tests: ['test/graphql/abuse'],
  },
  {
    name: 'batches',
    file: LIMITS,
    right: 'allowBatchedHttpRequests: false',
    wrong: 'allowBatchedHttpRequests: true',
    tests: ['test/graphql/abuse'],
  },
  {
    name: 'an unsigned body is parsed',
    file: 'src/stripe/webhook-verifier.ts',
    right: 'if (!this.isSigned(rawBody, signatures)) {',
    wrong: 'if (parsed(rawBody) === undefined || !this.isSigned(rawBody, signatures)) {',
    tests: ['test/http/unasked-work'],
  },
  {
    name: 'an unsigned body is laid out by a parser',
    file: 'src/stripe/webhook-verifier.ts',
    right: 'withoutWhiteSpace(text), indented(text)]',
    wrong: 'withoutWhiteSpace(text), JSON.stringify(JSON.parse(text), null, 2)]',
    tests: ['test/http/unasked-work'],
  },
  {
    name: 'headers of any length are taken apart',
    file: 'src/http/header-limits.ts',
    right: 'const LONGEST_CHARACTERS = 1_024;',
    wrong: 'const LONGEST_CHARACTERS = 16_384;',
    tests: ['test/http/unasked-work'],
  },
  {
    name: 'inputs of any number of fields',
    file: 'src/graphql/variable-limits.ts',
    right: 'const MOST_MEMBERS = 100;',
    wrong: 'const MOST_MEMBERS = 100_000;',
    tests: ['test/http/unasked-work'],
  },
  {
    name: 'a list of staff for everybody',
    file: POLICY,
    right: "'Query.rentals': 'staff',",
    wrong: "'Query.rentals': 'anyone',",
    tests: ['test/graphql/authorization'],
  },
  {
    name: 'a field of staff for buyers',
    file: POLICY,
    right: "'Order.reviewReason': 'staffElseNull',",
    wrong: "'Order.reviewReason': 'ownerOrStaff',",
    tests: ['test/graphql/authorization'],
  },
  {
    name: 'buyers taken for staff',
    file: 'src/graphql/access-guard.ts',
    right: 'if (forStaff && !viewer.isStaff) throw',
    wrong: 'if (forStaff && !viewer.id) throw',
    tests: ['test/graphql/authorization'],
  },
  {
    name: 'orders of everybody for buyers',
    file: 'src/auth/ownership.ts',
    right: 'return viewer.isStaff ? {} : { buyerId: viewer.id };',
    wrong: 'return viewer.isStaff || viewer.id ? {} : { buyerId: viewer.id };',
    tests: ['test/graphql/authorization'],
  },
  {
    name: 'a foreign order read before it is refused',
    file: 'src/orders/orders.service.ts',
    right: 'return isUuid(id) ? em.findOne(Order, { id, ...visibleTo(viewer) }) : null;',
    wrong:
      'return isUuid(id) && (await em.count(Order, { id })) > 0 ? em.findOne(Order, { id, ...visibleTo(viewer) }) : null;',
    tests: ['test/graphql/foreign-ids'],
  },
  {
    name: 'a customer in the log',
    file: 'src/checkout/checkout.service.ts',
    right: 'parameter: error.parameter, err: error }',
    wrong: 'parameter: error.parameter, err: error, customer: order.customer.lastName }',
    tests: ['test/checkout/stripe-failures'],
  },
  {
    name: 'values of statements in the log',
    file: 'src/database/describe-error.ts',
    right: 'return databaseProblem(error) ?? providerProblem(error)',
    wrong: 'return providerProblem(error)',
    tests: ['test/privacy/logs'],
  },
  {
    name: 'personal data of later events',
    file: 'src/webhooks/inbox.service.ts',
    right: 'const known = isOfAnonymised ?',
    wrong: 'const known = isOfAnonymised && false ?',
    tests: ['test/privacy/customer-rights'],
  },
  {
    name: 'personal data of stored events',
    file: 'src/stripe/personal-data.ts',
    right: "  'status',",
    wrong: "  'status', 'customer_details', 'email',",
    tests: ['test/privacy/customer-rights'],
  },
  {
    name: 'customers erased while money is owed',
    file: 'src/privacy/anonymisation.service.ts',
    right: "where state in ('DUE', 'PENDING', 'BLOCKED') or (state",
    wrong: "where state in ('NONE') or (state",
    tests: ['test/privacy/customer-rights'],
  },
  {
    name: 'customers erased before their goods are handed over',
    file: 'src/privacy/anonymisation.service.ts',
    right: "where line.type = 'PRODUCT' and given.paid_at > since",
    wrong: "where line.type = 'PRODUCT' and given.paid_at < since",
    tests: ['test/privacy/customer-rights'],
  },
  {
    name: 'no lock on equipment',
    file: INVENTORY,
    right: 'from equipment where id = ? for update',
    wrong: 'from equipment where id = ?',
    tests: ['test/inventory/holds'],
  },
  {
    name: 'no constraint on bookings',
    file: 'src/database/migrations/2026-11-22-create-shop.ts',
    right: 'exclude using gist ("unit_id" with =, "period" with &&) where ("active") deferrable initially immediate;',
    wrong: 'check (true);',
    tests: ['test/inventory/holds'],
  },
  {
    name: 'no condition on stock',
    file: INVENTORY,
    right: 'where product_id = ? and (on_hand is null or on_hand - held >= ?) returning product_id`',
    wrong: 'where product_id = ? and (true or on_hand >= ?) returning product_id`',
    tests: ['test/inventory/holds'],
  },
  {
    name: 'released goods stay held',
    file: INVENTORY,
    right: "'update product_stocks set held = held - ? where product_id = ?'",
    wrong: "'update product_stocks set held = held - 0 * ? where product_id = ?'",
    tests: ['test/inventory/histories'],
  },
  {
    name: 'turnaround forgotten',
    file: INVENTORY,
    right: 'until: addDays(returnDate, 1 + turnaroundDays)',
    wrong: 'until: addDays(returnDate, 1)',
    tests: ['test/inventory/holds'],
  },
  {
    name: 'a day too many',
    file: 'src/inventory/opening-days.ts',
    right: 'addDays(start, days - 1)',
    wrong: 'addDays(start, days)',
    tests: ['test/inventory/opening-days'],
  },
  {
    name: 'days of local time, which summer time shortens',
    file: DAYS,
    right: NEXT_DAY,
    wrong:
      "return calendarDateAt(new Date(startOfDay(date, 'Europe/Paris').getTime() + days * DAY_MS), 'Europe/Paris');",
    tests: ['test/inventory/opening-days', 'test/shared'],
  },
  {
    name: 'months of thirty days',
    file: DAYS,
    right: NEXT_DAY,
    wrong:
      "const [y = 0, m = 0, d = 0] = date.split('-').map(Number); const n = y * 360 + (m - 1) * 30 + d - 1 + days; return [Math.floor(n / 360), (Math.floor(n / 30) % 12) + 1, (n % 30) + 1].map((x) => String(x).padStart(2, '0')).join('-');",
    tests: ['test/inventory/opening-days', 'test/shared'],
  },
  {
    name: 'no leap days',
    file: DAYS,
    right: NEXT_DAY,
    wrong:
      "const next = new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10); return next.endsWith('02-29') ? next.replace('02-29', '03-01') : next;",
    tests: ['test/inventory/opening-days', 'test/shared', 'test/inventory/availability'],
  },
  {
    name: 'late payments are kept',
    file: 'src/orders/settlement.service.ts',
    right: 'this.refunds.refundDue(em, { order, paymentIntentId, amountMinor, currency, reason });',
    wrong: 'void amountMinor; void currency;',
    tests: ['test/refunds', 'test/webhooks/inbox'],
  },
  {
    name: 'refunds without a key',
    file: 'src/stripe/stripe-gateway.ts',
    // In two pieces: as one it would read like a template whose quotes are wrong.
    right: '`comptoir-refund-$' + '{refundId}-$' + '{keyNumber}-',
    wrong: '`comptoir-refund-$' + '{Math.random()}-$' + '{keyNumber}-',
    tests: ['test/refunds/rest-of-payment'],
  },
  {
    name: 'an overdue unit is offered',
    file: 'src/inventory/unit-calendars.ts',
    right: 'overdueSince === null ? null :',
    wrong: 'overdueSince !== undefined ? null :',
    tests: ['test/orders/rentals'],
  },
  {
    name: 'baskets look at calendars for nothing',
    file: 'src/inventory/calendar-budget.ts',
    right: '    await this.countDays(days);',
    wrong: "    if (field !== 'items') await this.countDays(days);",
    tests: ['test/rate-limits/rate-limits'],
  },
  {
    name: 'a calendar costs the same however many units there are',
    file: 'src/inventory/calendar-budget.ts',
    right: 'Math.max(1, Math.ceil(units / UNITS_OF_A_CALENDAR))',
    wrong: 'Math.max(1, Math.ceil(units / 1e9))',
    tests: ['test/rate-limits/rate-limits'],
  },
  {
    name: 'a date that the basket itself has taken is offered',
    file: 'src/inventory/unit-calendars.ts',
    right: 'where t.unit = u.id',
    wrong: 'where t.unit = -u.id',
    tests: ['test/inventory/first-dates', 'test/checkout/quote'],
  },
  {
    name: 'a session outlives its rental',
    file: 'src/checkout/order-placement.ts',
    right: 'return over < held ? over : held;',
    wrong: 'return over < held ? held : held;',
    tests: ['test/checkout/rental-ends'],
  },
  {
    name: 'a rental of today is sold at midnight',
    file: INVENTORY,
    right: ' && lastRentalDay(line) >= day.earliestEnd',
    wrong: '',
    tests: ['test/checkout/rental-ends'],
  },
  {
    name: 'a debit pays a rental that is over',
    file: 'src/orders/settlement.service.ts',
    right: 'lastRentalDay(line) < paidOn',
    wrong: "lastRentalDay(line) < ''",
    tests: ['test/checkout/rental-ends'],
  },
  {
    name: 'a payment in time is judged by when it is read',
    file: 'src/orders/settlement.service.ts',
    right: 'return this.dayOf(paidAt < now ? paidAt : now);',
    wrong: 'return this.dayOf(paidAt < now ? now : now);',
    tests: ['test/checkout/rental-ends'],
  },
  {
    name: 'a rental that is over is handed out',
    file: 'src/orders/rentals.service.ts',
    right: 'if (!endDate || endDate >= today) return;',
    wrong: 'if (!endDate || today) return;',
    tests: ['test/orders/rentals'],
  },
  {
    name: 'a unit is retired from under its rentals',
    file: 'src/inventory/stock-management.service.ts',
    right: 'const moved = await this.moveRentals(transaction, unit, equipment);',
    wrong: 'const moved: MovedRental[] = [];',
    tests: ['test/orders/rentals'],
  },
  {
    name: 'the cheapest price is not looked for',
    file: 'src/pricing/rental-rate.ts',
    right: 'return ways.reduce((best, way) => (isBetter(way, best) ? way : best));',
    wrong: 'return ways[0] ?? rateOf(0, 0, days, prices);',
    tests: ['test/pricing'],
  },
];

await plant('planted-bugs', bugs);
