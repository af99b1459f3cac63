/** Databases for schedules: a template, migrated once, and a clone of it for each worker. */

import { startScratchServer } from '../../demo/database/scratch-server.js';
import { connect } from '../../src/connect.js';

export interface ChaosDatabases {
  urls: string[];
  stop(): Promise<void>;
}

export async function startDatabases(workers: number): Promise<ChaosDatabases> {
  const server = await startScratchServer(null, { inMemory: true });
  const template = await connect(server.urlOf('chaos_template'));
  await template.schema.ensureDatabase();
  await template.migrator.up();
  await template.close();
  const admin = await connect(server.urlOf('postgres'));
  const names = Array.from({ length: workers }, (_, worker) => `chaos_${worker + 1}`);
  for (const name of names) await admin.em.fork().execute(`create database "${name}" template "chaos_template"`);
  await admin.close();
  return { urls: names.map((name) => server.urlOf(name)), stop: () => server.stop() };
}
