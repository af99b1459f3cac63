/** What the demo sets where the environment leaves it open. Public, hence worthless: production refuses it. */

export const DEMO_JWT_SECRET = 'for-the-demo-only-everybody-knows-this-secret';

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
