/** What the demo sets where the environment leaves it open. */
import { DEMO_JWT_SECRET } from '../config.js';

type Environment = Record<string, string | undefined>;

export const DEFAULT_SIMULATOR_PORT = 12111;

export const demoEnvironment = {
  AUTH_JWT_SECRET: DEMO_JWT_SECRET,
  AUTH_ISSUER: 'https://demo.comptoir.example',
  AUTH_AUDIENCE: 'comptoir',
  LOG_LEVEL: 'warn',
  PORT: '4000',
} as const;

/** Keys that the simulator takes; set only where no real Stripe account is. */
export const simulatorEnvironment = {
  STRIPE_SECRET_KEY: 'sk_test_simulator',
  STRIPE_PUBLIC_KEY: 'pk_test_simulator',
  STRIPE_WEBHOOK_SECRET: 'whsec_simulator_demo',
} as const;

/** The variables that say something: a blank one, as in a copied example file, counts as unset. */
export function withoutBlanks(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''));
}
