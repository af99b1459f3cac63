/** What the commands that try a running demo out take: where it is, who calls, and how patient they are. */
import { demoDataDirectory, readDatabaseUrl } from '../demo/database-url.js';
import { demoEnvironment, simulatorEnvironment, withoutBlanks } from '../demo/environment.js';
import { readArguments, wholeNumber } from './program.js';
import type { TrialApi } from './refund-trial/shop.js';
import { defaultUrl, graphqlUrl, returnOriginOf, tokenOf } from './running-server.js';

export const NO_DATABASE = 'The database is not asked: DATABASE_URL names it.';

export interface TrialOptions {
  /** How long what witnesses say may differ after a step. */
  withinMs: number;
  /** Of Stripe's API. */
  secretKey: string;
  api: TrialApi;
  /** Null where it is not known: the database is not asked then. */
  databaseUrl: string | null;
}

function trialUsage(name: string): string {
  return `Usage: npm run comptoir -- ${name} [--url URL] [--token TOKEN] [--staff-token TOKEN] [--origin ORIGIN]
       [--within SECONDS]     how long what witnesses say may differ after a step; 30 by default`;
}

/** @param name of the command */
export async function readTrialOptions(name: string): Promise<TrialOptions> {
  const usage = trialUsage(name);
  const { within, ...given } = readArguments(usage, {
    url: { type: 'string', default: defaultUrl() },
    token: { type: 'string' },
    'staff-token': { type: 'string' },
    origin: { type: 'string' },
    within: { type: 'string', default: '30' },
  }).values;
  const withinMs = wholeNumber('within', within) * 1_000;
  const url = graphqlUrl(usage, given.url);
  const environment = { ...demoEnvironment, ...simulatorEnvironment, ...withoutBlanks(process.env) };
  const secretKey = environment.STRIPE_SECRET_KEY;
  // Of the demo, unless another server is asked.
  const ofDemo = given.url === defaultUrl() ? readDatabaseUrl(demoDataDirectory(withoutBlanks(process.env))) : null;
  const databaseUrl = process.env.DATABASE_URL || ofDemo;
  const api: TrialApi = {
    // A buyer of its own each time: the same buyer's same basket within a minute would be the same order.
    buyer: { url, token: given.token ?? (await tokenOf(`${name}-${Date.now()}`, 'token')) },
    staff: { url, token: given['staff-token'] ?? (await tokenOf(name, 'staff-token', ['staff'])) },
    origin: given.origin || returnOriginOf(url),
  };
  return { withinMs, secretKey, api, databaseUrl };
}
