/** The driver's options from DATABASE_URL. */

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { connectionOptions } from '../../../src/platform/database/connection-options.js';
import { DatabaseClient } from '../../../src/platform/database/database-client.js';
import { DatabaseUnavailable } from '../../../src/platform/database/unavailable.js';

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
  expect(optionsWith('').connectTimeoutMs).toBe(4_000);
  expect(optionsWith('connect_timeout=7').connectTimeoutMs).toBe(7_000);
});

test('A server that does not respond times out, and the connection is closed', async () => {
  const silent = createServer((socket) => socket.resume());
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const options = connectionOptions(`postgresql://shop@127.0.0.1:${port}/shop?connect_timeout=1`);
  const client = new DatabaseClient(options);
  await expect(client.connect()).rejects.toThrow(DatabaseUnavailable);
  expect(options.group.open.size).toBe(0);
  const pooled = new Promise<Error | null>((resolve) => new DatabaseClient(options).connect(resolve));
  expect(await pooled).toBeInstanceOf(DatabaseUnavailable);
  silent.close();
});

test('How it is encrypted, and whether the password is bound to the channel', () => {
  expect(optionsWith('')).toMatchObject({ enableChannelBinding: false });
  expect(optionsWith('sslmode=no-verify&sslnegotiation=direct&channel_binding=prefer')).toMatchObject({
    ssl: { rejectUnauthorized: false },
    sslnegotiation: 'direct',
    enableChannelBinding: true,
  });
});
