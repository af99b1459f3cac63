/** The database of a file of tests. */
import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import { connect } from '../../src/connect.js';

/**
 * The URL of this file's own database, cloned from the template the first time: a file finds nothing that another one
 * left behind, such as rows from the future that its clock has reached.
 */
export async function testDatabaseUrl(): Promise<string> {
  const { TEST_DATABASE_PREFIX: prefix, TEST_DATABASE_SERVER: server = '' } = process.env;
  const file = createHash('sha256').update(expect.getState().testPath ?? '');
  const name = `${prefix}_${file.digest('hex').slice(0, 16)}`;
  const admin = await connect(server);
  const em = admin.em.fork();
  const existing = await em.execute('select 1 from pg_database where datname = ?', [name]);
  if (existing.length === 0) await em.execute(`create database "${name}" template "${prefix}_template"`);
  await admin.close();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
