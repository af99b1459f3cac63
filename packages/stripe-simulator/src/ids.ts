/** Object ids with Stripe's prefixes and lengths, so that columns and checks sized for the simulator also fit Stripe. */
import { randomBytes } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The constant part and the number of random characters behind it, as real recordings show them. */
const ID_FORMATS = {
  account: { prefix: 'acct_1', randomLength: 15 },
  balanceTransaction: { prefix: 'txn_3', randomLength: 23 },
  charge: { prefix: 'ch_3', randomLength: 23 },
  checkoutSession: { prefix: 'cs_test_a1', randomLength: 56 },
  customer: { prefix: 'cus_', randomLength: 14 },
  dispute: { prefix: 'du_1', randomLength: 23 },
  earlyFraudWarning: { prefix: 'issfr_1', randomLength: 23 },
  event: { prefix: 'evt_1', randomLength: 23 },
  file: { prefix: 'file_1', randomLength: 23 },
  lineItem: { prefix: 'li_1', randomLength: 23 },
  paymentPage: { prefix: 'ppage_1', randomLength: 23 },
  paymentIntent: { prefix: 'pi_3', randomLength: 23 },
  paymentMethod: { prefix: 'pm_1', randomLength: 23 },
  price: { prefix: 'price_1', randomLength: 23 },
  product: { prefix: 'prod_', randomLength: 14 },
  refund: { prefix: 're_3', randomLength: 23 },
  request: { prefix: 'req_', randomLength: 14 },
  webhookEndpoint: { prefix: 'we_1', randomLength: 23 },
} as const;

export type IdKind = keyof typeof ID_FORMATS;

export function createId(kind: IdKind): string {
  const { prefix, randomLength } = ID_FORMATS[kind];
  return prefix + randomText(randomLength);
}

/** Stripe appends the secret that a browser needs to the id it belongs to. */
export function createClientSecret(paymentIntentId: string): string {
  return `${paymentIntentId}_secret_${randomText(25)}`;
}

/** 23 digits, of which the first says that it is a reference of an acquirer for a card. */
export function createAcquirerReference(): string {
  return `7${[...takeRandomBytes(22)].map((byte) => byte % 10).join('')}`;
}

/** Stripe's have 32 characters behind the prefix. */
export function createWebhookSecret(): string {
  return `whsec_${randomText(32)}`;
}

/** The remainder favours the first letters by a hair, which identifiers may do: they are unique, not secret. */
function randomText(length: number): string {
  let text = '';
  for (const byte of takeRandomBytes(length)) text += ALPHABET.charAt(byte % ALPHABET.length);
  return text;
}

/** Fetched in bulk: to ask the system for every id costs more than all else about it. */
const POOL_LENGTH = 8192;
let pool = randomBytes(POOL_LENGTH);

function takeRandomBytes(length: number): Buffer {
  if (pool.length < length) pool = randomBytes(POOL_LENGTH);
  const taken = pool.subarray(0, length);
  pool = pool.subarray(length);
  return taken;
}
