/** What the demo sets where the environment leaves it open. */
import { demoSecrets, simulatorSecrets } from '../src/config.js';

type Environment = Record<string, string | undefined>;

export const DEFAULT_SIMULATOR_PORT = 12111;

export const demoEnvironment = {
  ...demoSecrets,
  AUTH_AUDIENCE: 'comptoir',
  DEPOSITS: 'on',
  LOG_LEVEL: 'warn',
  PORT: '4000',
  SHOP_TERMS_VERSION: '2026-11',
} as const;

/** Keys that the simulator takes; set only where no real Stripe account is. */
export const simulatorEnvironment = simulatorSecrets;

/** The variables that say something: a blank one, as in a copied example file, counts as unset. */
export function withoutBlanks(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''));
}
