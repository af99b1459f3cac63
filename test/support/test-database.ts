/** The database of a file of tests. */
import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import pg from 'pg';

/** This module is loaded again for each file. */
let ours: Promise<string> | undefined;

/**
 * The URL of this file's own database, cloned from the template the first time: a file finds nothing that another one
 * left behind, such as rows from the future that its clock has reached.
 */
export function testDatabaseUrl(): Promise<string> {
  ours ??= cloneTemplate();
  return ours;
}

async function cloneTemplate(): Promise<string> {
  const { TEST_DATABASE_PREFIX: prefix, TEST_DATABASE_SERVER: server = '' } = process.env;
  const file = createHash('sha256').update(expect.getState().testPath ?? '');
  const name = `${prefix}_${file.digest('hex').slice(0, 16)}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`create database "${name}" template "${prefix}_template"`);
  await client.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
