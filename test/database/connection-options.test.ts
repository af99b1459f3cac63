/** What DATABASE_URL says, as the driver is told it. */
import { expect, test } from '@jest/globals';
import { connectionOptions } from '../../src/database/connection-options.js';

const optionsWith = (parameters: string) =>
  connectionOptions(`postgresql://shop:word@db.example:5433/shop?${parameters}`);

test('Where it leads, and what the server is to know of the process', () => {
  expect(optionsWith('application_name=till&options=-c%20search_path%3Dtill')).toMatchObject({
    host: 'db.example',
    port: 5433,
    user: 'shop',
    password: 'word',
    database: 'shop',
    application_name: 'till',
    options: '-c search_path=till',
  });
});

test('How long a connection is waited for, four seconds by default', () => {
  expect(optionsWith('').connectionTimeoutMillis).toBe(4_000);
  expect(optionsWith('connect_timeout=7').connectionTimeoutMillis).toBe(7_000);
});

test('How it is encrypted, and whether the password is bound to the channel', () => {
  expect(optionsWith('')).toMatchObject({ enableChannelBinding: false });
  expect(optionsWith('sslmode=no-verify&sslnegotiation=direct&channel_binding=prefer')).toMatchObject({
    ssl: { rejectUnauthorized: false },
    sslnegotiation: 'direct',
    enableChannelBinding: true,
  });
});
