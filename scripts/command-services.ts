/** What the commands beside the API share: the services of an API process, without HTTP and without running jobs. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { ConfigError, loadConfig } from '../src/config.js';
import { connect } from '../src/database/connect.js';
import { buildServices, type Services } from '../src/services.js';
import { systemClock } from '../src/shared/clock.js';
import { stripeGateways } from '../src/stripe/stripe-gateways.js';

/** What a command asks of the API's jobs, their schedule brings about within a minute. */
const noRequests = { request: async () => {} };

/** Warnings and errors are for people here, on standard error. */
const logger = {
  debug: () => {},
  info: () => {},
  warn: (fields: object, message: string) => console.error(`${message} ${shown(fields)}`),
  error: (fields: object, message: string) => console.error(`${message} ${shown(fields)}`),
};

/** Runs a command and ends the process with 1 when it fails, with a message that people understand. */
export async function runCommand(command: (services: Services, orm: MikroORM) => Promise<void>): Promise<void> {
  try {
    const config = loadConfig();
    const orm = await connect(config.databaseUrl);
    try {
      const gateways = stripeGateways(config.stripe, systemClock, logger);
      const foundations = { config, clock: systemClock, logger, jobs: noRequests, ...gateways };
      await command(buildServices(foundations), orm);
    } finally {
      await orm.close();
    }
  } catch (error) {
    console.error(error instanceof ConfigError || error instanceof CommandError ? error.message : error);
    process.exitCode = 1;
  }
}

/** What people did wrong, in words for them. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

function shown(fields: object): string {
  const { err, ...rest } = fields as { err?: Error };
  return JSON.stringify(err ? { ...rest, error: err.message } : rest);
}
