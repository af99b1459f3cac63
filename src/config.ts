/** The environment as typed configuration: the only reader of the process's variables. */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { z } from 'zod';
import type { CheckoutConfig } from './modules/checkout/checkout-config.js';
import type { ShopDetails } from './modules/shop/shop-config.js';
import type { AuthConfig } from './platform/auth/token-verifier.js';
import { databaseUrlProblems } from './platform/database/connection-options.js';
import type { TrustProxy } from './platform/http/trusted-proxies.js';
import { ExplainedError } from './platform/kernel/explained-error.js';
import { type Death, parseDeaths } from './platform/kernel/fail-point.js';
import { isUuid } from './platform/kernel/identifier.js';
import type { StripeConfig } from './stripe/stripe-config.js';

export interface Config {
  production: boolean;
  host: string;
  port: number;
  logLevel: string;
  databaseUrl: string;
  stripe: StripeConfig;
  /** Which installation of the shop this is, a UUID; null for the one that the database says. */
  installationId: string | null;
  auth: AuthConfig;
  checkout: CheckoutConfig;
  /** Exact origins of pages that may call the API. */
  corsOrigins: string[];
  /** The proxies whose X-Forwarded-* headers are trusted; null trusts none. */
  trustProxy: TrustProxy | null;
  /** The token for `/metrics`; null leaves them to this machine, and in production to nobody. */
  metricsToken: string | null;
  /** The file of the safelist; null allows all operations. */
  safelistPath: string | null;
  /** False lifts every limit on how much one client may ask for, and hold. */
  rateLimit: boolean;
  /** The Redis or Valkey for rate limits; null: each process in its own memory. */
  redisUrl: URL | null;
  shop: ShopDetails;
  /** Where this process is to be killed, for tests; empty in production. */
  failPoints: readonly Death[];
}

/** All problems of the environment, in one message. */
export class ConfigError extends ExplainedError {
  override readonly name = 'ConfigError';

  constructor(readonly problems: string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/** What the demo sets where the environment leaves it open. Public, and so rejected in production. */
export const demoSecrets = {
  AUTH_JWT_SECRET: 'for-the-demo-only-everybody-knows-this-secret',
  AUTH_ISSUER: 'https://demo.comptoir.example',
} as const;

/** Keys that the simulator takes; set only where no real Stripe account is. Public as well. */
export const simulatorSecrets = {
  STRIPE_SECRET_KEY: 'sk_test_simulator',
  STRIPE_PUBLIC_KEY: 'pk_test_simulator',
  STRIPE_WEBHOOK_SECRET: 'whsec_simulator_demo',
} as const;

type Environment = Record<string, string | undefined>;

const APOLLO_SANDBOX_ORIGIN = 'https://studio.apollographql.com';
const DEVELOPMENT_RETURN_ORIGIN = 'http://localhost:3000';
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];
// As long as the hash of HS256.
const MIN_JWT_SECRET_BYTES = 32;
// Random text in base64 or hexadecimal digits has more, at 32 bytes.
const MIN_DISTINCT_SECRET_CHARACTERS = 8;
// Behind the prefix, in characters. Stripe's own have 24 and more; it does not promise how many.
const MIN_STRIPE_SECRET_LENGTH = 10;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const required = z.string({ error: 'is missing' });

const commaSeparated = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const originList = commaSeparated.superRefine((origins, context) => {
  if (origins.length === 0) context.addIssue('names no origin');
  for (const [index, origin] of origins.entries()) {
    // By its place: a URL may hold a password.
    if (!URL.canParse(origin) || new URL(origin).origin !== origin || origin === 'null') {
      context.addIssue(`holds, in place ${index + 1}, what is not an exact origin such as https://shop.example`);
    }
  }
});

const addressList = commaSeparated.transform((entries, context) => {
  if (entries.length === 0) context.addIssue('names no address');
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix, ...more] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    const longest = family === 'ipv6' ? 128 : 32;
    const length = prefix === undefined ? longest : Number(prefix);
    if (isIP(address) === 0 || more.length > 0 || !/^\d*$/.test(prefix ?? '') || prefix === '' || length > longest) {
      context.addIssue(`holds "${entry}", which is not an address or a range such as 3.18.12.63 or 10.0.0.0/8`);
    } else list.addSubnet(address, length, family);
  }
  return list;
});

const urlOf = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );

const lineOf = (maxLength: number) =>
  z
    .string()
    .trim()
    .max(maxLength, `must have at most ${maxLength} characters`)
    .regex(/^\P{C}*$/u, 'must be one line of text');

const databaseUrl = z.string().superRefine((text, context) => {
  for (const problem of databaseUrlProblems(text)) context.addIssue(problem);
});

const trustProxy = commaSeparated.transform((parts, context): TrustProxy => {
  const [first = ''] = parts;
  if (parts.length === 1 && /^[1-9]$/.test(first)) return { hops: Number(first) };
  for (const part of parts.length === 0 ? [''] : parts) {
    if (part === 'true') {
      context.addIssue('must not be "true": any client could then claim any address; name the proxies or their number');
    } else if (!isAddressOrNetwork(part)) {
      context.addIssue(
        `holds "${part}", which is neither a number of proxies, 1 to 9, nor an address such as 10.0.0.0/8`,
      );
    }
  }
  return { addresses: parts };
});

const variables = z.object({
  NODE_ENV: z
    .enum(['development', 'production', 'test'], 'must be development, production or test')
    .default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number('must be a port number').int().min(0).max(65_535, 'must be at most 65535').default(4000),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
  DATABASE_URL: required.pipe(databaseUrl),
  STRIPE_SECRET_KEY: required.regex(/^(sk|rk)_(test|live)_\w+$/, 'must be a key such as sk_test_… or rk_live_…'),
  STRIPE_PUBLIC_KEY: required.regex(/^pk_(test|live)_\w+$/, 'must be a key such as pk_test_…'),
  STRIPE_WEBHOOK_SECRET: required
    .pipe(commaSeparated)
    .refine((secrets) => secrets.length > 0 && secrets.every((secret) => /^whsec_.{10,}$/.test(secret)), {
      error: 'must be one or more whole secrets whsec_…, comma-separated',
    }),
  WEBHOOK_ALLOWED_ADDRESSES: addressList.optional(),
  STRIPE_API_URL: urlOf('http:', 'https:').optional(),
  INSTALLATION_ID: z
    .string()
    .refine(isUuid, 'must be a UUID, for example from uuidgen')
    .transform((id) => id.toLowerCase())
    .optional(),
  AUTH_JWT_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= MIN_JWT_SECRET_BYTES, 'must have at least 32 bytes')
    .optional(),
  AUTH_JWKS_URL: urlOf('http:', 'https:').optional(),
  AUTH_ISSUER: required,
  AUTH_AUDIENCE: required,
  CHECKOUT_RETURN_ORIGINS: originList.optional(),
  CORS_ORIGINS: originList.optional(),
  TRUST_PROXY: trustProxy.optional(),
  METRICS_TOKEN: z
    .string()
    .regex(/^[\w.~+/=-]{32,}$/, 'must have at least 32 letters, digits or ._~+/=-')
    .optional(),
  GRAPHQL_SAFELIST: z.string().optional(),
  RATE_LIMIT: z.enum(['on', 'off'], 'must be on or off').default('on'),
  REDIS_URL: urlOf('redis:', 'rediss:').optional(),
  SHOP_NAME: lineOf(100).default('comptoir'),
  SHOP_TERMS_VERSION: lineOf(50).optional(),
  SHOP_CURRENCY: z.enum(Intl.supportedValuesOf('currency'), 'must be an ISO 4217 code such as EUR').default('EUR'),
  SHOP_TIMEZONE: z.string().refine(isTimeZone, 'must be an IANA name such as Europe/Paris').default('Europe/Paris'),
  CHECKOUT_HOLD_MINUTES: z.coerce
    .number('must be a number of minutes')
    .int('must be whole minutes')
    .min(35, 'must be at least 35, since Stripe keeps a session open for 30 minutes or more')
    .max(1430, 'must be at most 1430, since Stripe keeps a session open for 24 hours at most')
    .default(35),
  DEPOSITS: z.enum(['on', 'off'], 'must be on or off').default('off'),
  // Not for operators, hence not in .env.example: `npm run proof -- processes` kills processes at these points.
  FAIL_POINTS: z
    .string()
    .transform((text, context) => {
      const { deaths, unknown } = parseDeaths(text);
      for (const name of unknown) context.addIssue(`names "${name}", which is no fail point`);
      return deaths;
    })
    .optional(),
});

/**
 * Reads the configuration.
 *
 * @param environment usually `process.env`; an empty variable counts as unset
 * @throws ConfigError with every problem at once
 */
export function loadConfig(environment: Environment = process.env): Config {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''));
  const parsed = variables.safeParse(set);
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')} ${issue.message}`),
    ...contradictions(set),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return toConfig(parsed.data);
}

/**
 * Reads DATABASE_URL alone, for programs that need nothing else.
 *
 * @throws ConfigError
 */
export function loadDatabaseUrl(environment: Environment = process.env): string {
  const parsed = variables.shape.DATABASE_URL.safeParse(environment.DATABASE_URL || undefined);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map(({ message }) => `DATABASE_URL ${message}`));
}

/** Rules over several variables, checked on the raw text so that they are reported beside all else. */
function contradictions(environment: Environment): string[] {
  const problems: string[] = [];
  const { STRIPE_SECRET_KEY, STRIPE_PUBLIC_KEY, STRIPE_API_URL, AUTH_JWT_SECRET, AUTH_JWKS_URL } = environment;
  if (!AUTH_JWT_SECRET && !AUTH_JWKS_URL) problems.push('AUTH_JWT_SECRET or AUTH_JWKS_URL is missing: set one');
  if (AUTH_JWT_SECRET && AUTH_JWKS_URL) problems.push('AUTH_JWT_SECRET and AUTH_JWKS_URL are both set: keep one');
  const secretMode = modeOf(STRIPE_SECRET_KEY);
  const publicMode = modeOf(STRIPE_PUBLIC_KEY);
  if (secretMode && publicMode && secretMode !== publicMode) {
    problems.push(`STRIPE_PUBLIC_KEY is a ${publicMode} key, STRIPE_SECRET_KEY a ${secretMode} key: use one mode`);
  }
  if (STRIPE_API_URL && (secretMode === 'live' || publicMode === 'live')) {
    problems.push('STRIPE_API_URL is rejected with a live key: real payments go to Stripe only');
  }
  if (environment.NODE_ENV === 'production') return [...problems, ...unfitForProduction(environment)];
  const isOpen = environment.HOST !== undefined && !LOOPBACK_HOSTS.includes(environment.HOST);
  if (isOpen && AUTH_JWT_SECRET === demoSecrets.AUTH_JWT_SECRET) {
    problems.push('AUTH_JWT_SECRET is the one of the demo, which everybody knows: set another, or leave HOST unset');
  }
  if (secretMode === 'live') {
    problems.push('STRIPE_SECRET_KEY is a live key: real payments need NODE_ENV=production, which hardens the rest');
  }
  return problems;
}

/** What is allowed in development and not in production, on the raw text as well. No message repeats a value. */
function unfitForProduction(environment: Environment): string[] {
  const problems: string[] = [];
  if (!environment.CHECKOUT_RETURN_ORIGINS) {
    problems.push("CHECKOUT_RETURN_ORIGINS is missing: production needs the shop's own origins");
  }
  for (const [name, known] of Object.entries({ ...demoSecrets, ...simulatorSecrets })) {
    const values = (environment[name] ?? '').split(',').map((part) => part.trim());
    if (values.includes(known)) problems.push(`${name} is the one of the demo, which everybody knows`);
  }
  for (const name of ['AUTH_JWT_SECRET', 'METRICS_TOKEN']) {
    if (!isGuessable(environment[name])) continue;
    problems.push(`${name} repeats a few characters: draw it, for example by openssl rand -base64 48`);
  }
  for (const name of ['STRIPE_SECRET_KEY', 'STRIPE_PUBLIC_KEY'] as const) {
    const key = environment[name];
    if (key !== simulatorSecrets[name] && isCutOff(key)) {
      problems.push(`${name} is too short for one of Stripe's: was it copied whole?`);
    }
  }
  const isLive = modeOf(environment.STRIPE_SECRET_KEY) === 'live';
  for (const name of ['CHECKOUT_RETURN_ORIGINS', 'CORS_ORIGINS', 'AUTH_JWKS_URL']) {
    if (isReadableOnTheWay(environment[name], isLive)) {
      problems.push(`${name} must be https in production, where others could read and alter what http carries`);
    }
  }
  if (environment.RATE_LIMIT === 'off') {
    problems.push('RATE_LIMIT=off is rejected in production: anybody could test stolen cards, or hold all goods');
  }
  if (environment.FAIL_POINTS) {
    problems.push('FAIL_POINTS is rejected in production: it makes the process kill itself');
  }
  return problems;
}

/** Whether a secret is long enough but trivial: one word, or one key, repeated. */
function isGuessable(secret: string | undefined): boolean {
  if (secret === undefined || Buffer.byteLength(secret) < MIN_JWT_SECRET_BYTES) return false;
  return new Set(secret).size < MIN_DISTINCT_SECRET_CHARACTERS || repeatsItself(secret);
}

function repeatsItself(text: string): boolean {
  const units = Array.from({ length: Math.floor(text.length / 2) }, (_, index) => text.slice(0, index + 1));
  return units.some((unit) => unit.repeat(Math.ceil(text.length / unit.length)).startsWith(text));
}

function isCutOff(key = ''): boolean {
  const random = /^[a-z]+_(?:test|live)_(\w+)$/.exec(key)?.[1];
  return random !== undefined && random.length < MIN_STRIPE_SECRET_LENGTH;
}

/** Loopback never leaves the machine, where people try a production build out; with real money, nobody does. */
function isReadableOnTheWay(urls: string | undefined, isLive: boolean): boolean {
  return (urls ?? '').split(',').some((text) => {
    if (!URL.canParse(text.trim())) return false;
    const { protocol, hostname } = new URL(text.trim());
    return protocol !== 'https:' && (isLive || !LOOPBACK_HOSTS.includes(hostname));
  });
}

function toConfig(data: z.output<typeof variables>): Config {
  const production = data.NODE_ENV === 'production';
  // The API's own origin is where the demo serves a page to come back to.
  const returnOrigins = data.CHECKOUT_RETURN_ORIGINS ?? [DEVELOPMENT_RETURN_ORIGIN, originOf(data.HOST, data.PORT)];
  return {
    production,
    host: data.HOST,
    port: data.PORT,
    logLevel: data.LOG_LEVEL,
    databaseUrl: data.DATABASE_URL,
    stripe: {
      secretKey: data.STRIPE_SECRET_KEY,
      publishableKey: data.STRIPE_PUBLIC_KEY,
      webhookSecrets: data.STRIPE_WEBHOOK_SECRET,
      webhookAddresses: data.WEBHOOK_ALLOWED_ADDRESSES ?? null,
      apiUrl: data.STRIPE_API_URL ? new URL(data.STRIPE_API_URL) : null,
      livemode: modeOf(data.STRIPE_SECRET_KEY) === 'live',
    },
    installationId: data.INSTALLATION_ID ?? null,
    auth: {
      key: data.AUTH_JWT_SECRET
        ? { secret: new TextEncoder().encode(data.AUTH_JWT_SECRET) }
        : { jwksUrl: new URL(data.AUTH_JWKS_URL ?? '') },
      issuer: data.AUTH_ISSUER,
      audience: data.AUTH_AUDIENCE,
    },
    checkout: { returnOrigins, holdMinutes: data.CHECKOUT_HOLD_MINUTES, deposits: data.DEPOSITS === 'on' },
    corsOrigins: data.CORS_ORIGINS ?? (production ? returnOrigins : [...returnOrigins, APOLLO_SANDBOX_ORIGIN]),
    trustProxy: data.TRUST_PROXY ?? null,
    metricsToken: data.METRICS_TOKEN ?? null,
    safelistPath: data.GRAPHQL_SAFELIST ?? null,
    rateLimit: data.RATE_LIMIT === 'on',
    redisUrl: data.REDIS_URL ? new URL(data.REDIS_URL) : null,
    shop: {
      name: data.SHOP_NAME,
      currency: data.SHOP_CURRENCY,
      timeZone: data.SHOP_TIMEZONE,
      termsVersion: data.SHOP_TERMS_VERSION ?? null,
    },
    failPoints: data.FAIL_POINTS ?? [],
  };
}

/** As a browser on this machine reaches it. */
export function originOf(host: string, port: number): string {
  return `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function modeOf(key: string | undefined): 'test' | 'live' | undefined {
  return key === undefined ? undefined : (/^(?:sk|rk|pk)_(test|live)_/.exec(key)?.[1] as 'test' | 'live' | undefined);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function isAddressOrNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  // Networks of half the world would be "true" by another name; these are the widest private ones.
  const [widest, narrowest] = version === 4 ? [8, 32] : [7, 128];
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) >= widest && Number(prefix) <= narrowest);
}
