/** A durable PostgreSQL that is stopped as if it had crashed, and started again where it was. */
import fs from 'node:fs';
import path from 'node:path';
import type { MikroORM } from '@mikro-orm/postgresql';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../demo/database/embedded-postgres.js';
import { connect } from '../../src/connect.js';
import { freePort } from '../../src/platform/database/free-port.js';
import { scratchFolder } from '../../src/platform/kernel/scratch-folder.js';
import { comesTrue } from './waiting.js';

const DATABASE = 'comptoir_chaos';
const BACK_WITHIN_MS = 60_000;

export class ChaosDatabase {
  private constructor(
    private server: EmbeddedPostgres,
    private readonly directory: string,
    private readonly port: number,
    readonly orm: MikroORM,
  ) {}

  /** With every migration applied, and nothing in it. */
  static async start(): Promise<ChaosDatabase> {
    const directory = scratchFolder('chaos-database');
    const port = await freePort();
    const server = await startEmbeddedPostgres({ directory, durable: true, port });
    const orm = await connect(server.urlOf(DATABASE));
    await orm.schema.ensureDatabase();
    await orm.migrator.up();
    return new ChaosDatabase(server, directory, port, orm);
  }

  get url(): string {
    return this.server.urlOf(DATABASE);
  }

  async rows<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.orm.em.fork().execute(sql, [...parameters]);
  }

  /** `pg_ctl stop -m immediate`, and a start. @returns the milliseconds until it answered queries again */
  async crash(): Promise<number> {
    const startedAt = Date.now();
    const pidFile = path.join(this.server.directory, 'data', 'postmaster.pid');
    process.kill(Number.parseInt(fs.readFileSync(pidFile, 'utf8'), 10), 'SIGQUIT');
    await this.server.stop();
    this.server = await startEmbeddedPostgres({ directory: this.directory, durable: true, port: this.port });
    const isBack = await comesTrue(BACK_WITHIN_MS, async () => (await this.rows('select 1')).length === 1);
    if (!isBack) throw new Error('PostgreSQL did not come back.');
    return Date.now() - startedAt;
  }

  async stop(): Promise<void> {
    await this.orm.close();
    await this.server.stop();
    for (const used of new Set([this.directory, this.server.directory])) {
      fs.rmSync(used, { recursive: true, force: true });
    }
  }
}
