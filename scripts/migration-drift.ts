/** `npm run migration:create`, and a part of `npm run check`: compares the entities with what the migrations make of an empty database. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { MikroORM } from '@mikro-orm/postgresql';
import { chosen, readArguments, runProgram } from '../cli/program.js';

const MIGRATIONS = 'src/migrations';
const USAGE = 'Usage: npm run migration:create';

const commands: Record<string, (orm: MikroORM, drift: string) => Promise<void> | void> = { check, create };

await runProgram(async () => {
  const command = chosen(USAGE, commands, readArguments(USAGE, {}, 1).positionals[0]);
  // Loaded here only: help, and a command line that is not understood, are answered at once.
  const { startScratchServer } = await import('../demo/database/scratch-server.js');
  const { connect } = await import('../src/connect.js');
  const server = await startScratchServer(process.env.DATABASE_URL || null, { inMemory: true });
  const orm = await connect(server.urlOf(`comptoir_drift_${randomUUID().slice(0, 8)}`));
  try {
    await orm.schema.ensureDatabase();
    await orm.migrator.up();
    await command(orm, await orm.schema.getUpdateSchemaSQL({ wrap: false }));
  } finally {
    // The first error is the one to tell.
    await orm.schema.dropDatabase().catch(() => {});
    await orm.close();
    await server.stop();
  }
});

async function check({ migrator }: MikroORM, drift: string): Promise<void> {
  if (drift.trim() !== '') {
    console.error(`Entities and migrations disagree: npm run migration:create writes what is missing.\n\n${drift}`);
    process.exitCode = 1;
    return;
  }
  const applied = await migrator.getExecuted();
  for (const _ of applied) await migrator.down();
  await migrator.up();
  console.log(`Entities and migrations agree; ${applied.length} applied, reverted and applied again.`);
}

function create(_: MikroORM, drift: string): void {
  if (drift.trim() === '') {
    console.log('Nothing to create: entities and migrations agree.');
    return;
  }
  const name = `${new Date().toISOString().slice(0, 10)}-name-me`;
  const statements = drift
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `    this.addSql(${JSON.stringify(line)});`);
  const source = [
    '/** Why the schema changes, in a line. */',
    "import { Migration } from '@mikro-orm/migrations';",
    '',
    'export class NameMe extends Migration {',
    '  override up(): void {',
    ...statements,
    '  }',
    '',
    '  override down(): void {',
    "    throw new Error('Say here how to take it back.');",
    '  }',
    '}',
    '',
  ];
  writeFileSync(`${MIGRATIONS}/${name}.ts`, source.join('\n'), { flag: 'wx' });
  console.log(`Wrote ${MIGRATIONS}/${name}.ts: name it, write its way back, and add it to ${MIGRATIONS}/index.ts.`);
}
