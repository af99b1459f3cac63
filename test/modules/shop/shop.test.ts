/** What the shop says of itself, to anybody. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/test-app.js';

const SHOP = `query {
  shop { name currency timeZone termsVersion openingDays { weekdays closedDates } }
}`;

const SETTINGS = {
  SHOP_NAME: 'Vélos du port',
  SHOP_TERMS_VERSION: '2027-01',
  SHOP_CURRENCY: 'NZD',
  SHOP_TIMEZONE: 'Pacific/Auckland',
};

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp(SETTINGS);
});
afterAll(() => shop.close());

test('The shop tells anybody its name, currency, time zone, terms and opening days', async () => {
  const em = shop.orm.em.fork();
  await em.execute('insert into closed_weekdays (weekday) values (7), (1)');
  await em.execute(
    `insert into closed_dates (date, reason) values ('2027-02-08', 'yesterday'), ('2027-02-10', 'fair'), ('2027-02-09', 'today')`,
  );
  // Still the 8th in UTC.
  shop.clock.setTo('2027-02-08T20:00:00Z');
  const { data, errors } = await shop.graphql<{ shop: object }>(SHOP);
  expect(errors).toBeUndefined();
  expect(data?.shop).toEqual({
    name: 'Vélos du port',
    currency: 'NZD',
    timeZone: 'Pacific/Auckland',
    termsVersion: '2027-01',
    openingDays: { weekdays: [2, 3, 4, 5, 6], closedDates: ['2027-02-09', '2027-02-10'] },
  });
});
