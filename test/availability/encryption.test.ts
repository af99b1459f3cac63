/** What DATABASE_URL says holds for every connection of the process: TLS, sockets, names. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type OwnDatabase, startOwnDatabase } from '../support/own-database.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const NOBODY = 65534;

let folder: string;
let database: OwnDatabase;
let shop: TestApp | undefined;

/** A certificate of a name, which is its own authority. */
function certificateOf(name: string): { cert: string; key: string } {
  const [cert, key] = [path.join(folder, `${name}.crt`), path.join(folder, `${name}.key`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const options = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', [...options, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  fs.chmodSync(key, 0o600);
  if (process.getuid?.() === 0) fs.chownSync(key, NOBODY, NOBODY);
  return { cert, key };
}

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'comptoir-tls-'));
  fs.chmodSync(folder, 0o777);
  const { cert, key } = certificateOf('localhost');
  const tls = ['ssl=on', `ssl_cert_file=${cert}`, `ssl_key_file=${key}`];
  database = await startOwnDatabase([...tls, `unix_socket_directories=${folder}`]);
  // From here on, nobody gets in unencrypted over TCP.
  const rules = path.join(database.directory, 'data', 'pg_hba.conf');
  fs.writeFileSync(rules, 'local all all scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256\n');
  await database.restart();
});
afterEach(async () => {
  await shop?.close();
  shop = undefined;
});
afterAll(async () => {
  await database?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** The same database, said otherwise. */
function urlWith(parameters: Record<string, string>, host = 'localhost'): string {
  const url = new URL(database.url);
  url.hostname = host;
  url.search = new URLSearchParams(parameters).toString();
  return url.href;
}

interface Connection {
  ssl: boolean;
  name: string;
  address: string | null;
}

/** Those of this process, the queue's among them. */
async function connectionsOf({ app, orm }: TestApp): Promise<Connection[]> {
  expect((await app.inject('/readyz')).json()).toEqual({ status: 'ready' });
  await Promise.all(Array.from({ length: 5 }, () => orm.em.fork().execute('select pg_sleep(0.1)')));
  return orm.em.fork().execute(
    `select coalesce(s.ssl, false) as ssl, application_name as name, client_addr::text as address
     from pg_stat_activity a left join pg_stat_ssl s using (pid)
     where a.backend_type = 'client backend' and a.datname = 'comptoir'`,
  );
}

test('With sslmode=verify-full every connection is encrypted, and bears the name that it was given', async () => {
  const sslrootcert = path.join(folder, 'localhost.crt');
  shop = await startTestApp({
    DATABASE_URL: urlWith({ sslmode: 'verify-full', sslrootcert, application_name: 'till' }),
  });
  const connections = await connectionsOf(shop);
  expect(connections.length).toBeGreaterThan(5);
  expect(new Set(connections.map(({ ssl, name }) => `${ssl} ${name}`))).toEqual(new Set(['true till']));
});

test('A server whose certificate is somebody else’s, or of an unknown authority, is not talked to', async () => {
  const stranger = certificateOf('stranger.example').cert;
  await expect(startTestApp({ DATABASE_URL: urlWith({ sslmode: 'verify-full' }) })).rejects.toMatchObject({
    reason: expect.stringMatching(/self-signed/),
  });
  const wrong = urlWith({ sslmode: 'verify-full', sslrootcert: stranger });
  await expect(startTestApp({ DATABASE_URL: wrong })).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  const sslrootcert = path.join(folder, 'localhost.crt');
  const otherName = urlWith({ sslmode: 'verify-full', sslrootcert }, '127.0.0.1');
  await expect(startTestApp({ DATABASE_URL: otherName })).rejects.toMatchObject({
    reason: expect.stringMatching(/does not match/),
  });
});

test('Over a UNIX socket every connection comes by the socket', async () => {
  const { username, password, port } = new URL(database.url);
  shop = await startTestApp({
    DATABASE_URL: `postgresql://${username}:${password}@/comptoir?host=${folder}&port=${port}&connect_timeout=5`,
  });
  const connections = await connectionsOf(shop);
  expect(connections.length).toBeGreaterThan(5);
  expect(new Set(connections.map(({ address }) => address))).toEqual(new Set([null]));
});

test('What the server is told by the options holds in every connection', async () => {
  const sslrootcert = path.join(folder, 'localhost.crt');
  const options = '-c search_path=nowhere,public';
  shop = await startTestApp({ DATABASE_URL: urlWith({ sslmode: 'verify-full', sslrootcert, options }) });
  expect(await shop.orm.em.fork().execute('show search_path')).toEqual([{ search_path: 'nowhere,public' }]);
});
