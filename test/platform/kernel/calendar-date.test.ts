/** Which day it is depends on where the shop is. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { addDays, calendarDateAt, daysBetween } from '../../../src/platform/kernel/calendar-date.js';

test.each([
  ['2026-06-30T21:59:59Z', 'Europe/Paris', '2026-06-30'],
  ['2026-06-30T22:00:00Z', 'Europe/Paris', '2026-07-01'],
  ['2026-12-31T23:00:00Z', 'Europe/Paris', '2027-01-01'],
  ['2026-12-31T23:00:00Z', 'America/New_York', '2026-12-31'],
])('at %s it is in %s %s', (instant, timeZone, date) => {
  expect(calendarDateAt(new Date(instant), timeZone)).toBe(date);
});

test('days are counted across months, leap days and changes of the clock', () => {
  expect(addDays('2028-02-28', 2)).toBe('2028-03-01');
  expect(addDays('2027-03-27', 2)).toBe('2027-03-29');
  expect(addDays('2027-01-01', -1)).toBe('2026-12-31');
  expect(daysBetween('2027-03-27', '2027-03-29')).toBe(2);
});

// In JavaScript and in SQL: days, months and years of UTC, of the process or of the database's session.
const DAYS_OF_ELSEWHERE =
  /\bget(?:UTC)?(?:FullYear|Month|Date|Day|Hours)\(|toISOString\(\)\.(?:slice|substring|split)|toLocale(?:Date|Time)?String\(|\bcurrent_date\b|\blocaltime|\bdate_trunc\(|\bto_char\(|(?:now\(\)|_at\b"?)::date|extract\((?:year|month|day|dow|isodow)/i;

test('no other part of the shop takes a day, a month or a year from an instant', () => {
  const files = fs
    .readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('stripe-simulator') && !file.includes('calendar-date'));
  expect(files.length).toBeGreaterThan(100);
  const found = files.flatMap((file) =>
    fs
      .readFileSync(path.join('src', file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (DAYS_OF_ELSEWHERE.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});
