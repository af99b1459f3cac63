/** What commands share: the services of an API process, without HTTP and without running jobs. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { loadConfig } from '../src/config.js';
import type { Shop } from '../src/modules.js';
import { systemClock } from '../src/platform/kernel/clock.js';

/** Commands request no jobs: the schedule runs them within a minute. */
const noRequests = { request: async () => {} };

/** Warnings and errors are for people here, on standard error. */
const logger = {
  debug: () => {},
  info: () => {},
  warn: (fields: object, message: string) => console.error(`${message} ${shown(fields)}`),
  error: (fields: object, message: string) => console.error(`${message} ${shown(fields)}`),
};

/** Runs a command with the services, and closes the database after it. */
export async function withServices(command: (services: Shop, orm: MikroORM) => Promise<void>): Promise<void> {
  const config = loadConfig();
  // Loaded here only: help, and a command line that is not understood, are answered at once.
  const { connect } = await import('../src/connect.js');
  const { buildShop } = await import('../src/modules.js');
  const { connectToStripe } = await import('../src/stripe-connection.js');
  const orm = await connect(config.databaseUrl);
  try {
    const forkEntityManager = () => orm.em.fork();
    const stripe = connectToStripe({ config, clock: systemClock, logger, forkEntityManager });
    const dependencies = { config, clock: systemClock, logger, jobRequests: noRequests, ...stripe };
    await command(buildShop(dependencies), orm);
  } finally {
    await orm.close();
  }
}

function shown(fields: object): string {
  const { err, ...rest } = fields as { err?: Error };
  return JSON.stringify(err ? { ...rest, error: err.message } : rest);
}
