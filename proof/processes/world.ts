/** All the processes of a run, and the goods on offer. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { signDevelopmentToken } from '../../src/platform/auth/development-token.js';
import { freePort } from '../../src/platform/database/free-port.js';
import { addEquipment, addProduct } from '../../test/support/shop.js';
import { ApiProcess } from './api-process.js';
import { ChaosDatabase } from './chaos-database.js';
import { StripeProcess } from './stripe-process.js';

export const WEBHOOK_SECRET = 'whsec_chaos_0123456789';
const SECRET_KEY = 'sk_test_chaos0123456789';
const TOKENS = {
  secret: 'a-secret-for-the-chaos-tests-that-is-long-enough',
  issuer: 'https://issuer.test',
  audience: 'comptoir-chaos',
};
const UNITS_WITH_DEPOSIT = 400;
const WEBHOOK_PATH = '/api/webhook/stripe/';

/** What is on offer, as it was before anybody bought. */
export interface Goods {
  /** Pieces on hand and price by product; null is without limit. */
  products: ReadonlyMap<number, { onHand: number | null; priceMinor: number }>;
  /** Price a day by equipment; longer rentals have no price of their own. */
  equipment: ReadonlyMap<number, { pricePerDayMinor: number }>;
  /** Of that equipment, the one with a deposit; with so many units that there is always one left. */
  withDeposit: number;
}

export class World {
  private constructor(
    readonly directory: string,
    readonly database: ChaosDatabase,
    readonly stripe: StripeProcess,
    readonly apis: readonly [ApiProcess, ApiProcess],
    readonly goods: Goods,
  ) {}

  /** The database and Stripe run, the API processes are still to be started. */
  static async start(seed: number): Promise<World> {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'comptoir-chaos-'));
    const database = await ChaosDatabase.start();
    const goods = await stockShop(database);
    const [stripePort, ...apiPorts] = [await freePort(), await freePort(), await freePort()];
    const urls = apiPorts.map((port) => `http://127.0.0.1:${port}`);
    const stripe = await StripeProcess.start({
      port: stripePort ?? 0,
      webhooks: urls.map((url) => url + WEBHOOK_PATH),
      webhookSecret: WEBHOOK_SECRET,
      secretKey: SECRET_KEY,
      seed,
      logFile: path.join(directory, 'stripe.log'),
    });
    // Compiled once, loaded at each of the hundreds of starts.
    const compileCache = { NODE_COMPILE_CACHE: path.join(directory, 'compiled') };
    const [first, second] = apiPorts.map((port, index) => {
      const environment = { ...apiEnvironment(database.url, stripe.url, port), ...compileCache };
      return new ApiProcess(urls[index] ?? '', path.join(directory, `api-${index + 1}.log`), environment);
    });
    if (!first || !second) throw new Error('There have to be two API processes.');
    const world = new World(directory, database, stripe, [first, second], goods);
    // Whatever ends this program, nothing is left running.
    process.once('exit', () => world.killNow());
    return world;
  }

  async token(subject: string, roles: readonly string[]): Promise<string> {
    return signDevelopmentToken({ ...TOKENS, subject, roles });
  }

  webhookUrls(): string[] {
    return this.apis.map(({ url }) => url + WEBHOOK_PATH);
  }

  /** The lines of all API logs that hold a text. */
  logLines(text: string): string[] {
    return this.apis.flatMap(({ logFile }) =>
      fs
        .readFileSync(logFile, 'utf8')
        .split('\n')
        .filter((line) => line.includes(text)),
    );
  }

  async stop(keepLogs: boolean): Promise<void> {
    await Promise.all(this.apis.map((api) => api.kill()));
    await this.stripe.stop();
    await this.database.stop();
    if (!keepLogs) fs.rmSync(this.directory, { recursive: true, force: true });
  }

  private killNow(): void {
    for (const api of this.apis) api.killNow();
    this.stripe.killNow();
  }
}

function apiEnvironment(databaseUrl: string, stripeUrl: string, port: number): Record<string, string> {
  return {
    NODE_ENV: 'test',
    LOG_LEVEL: 'info',
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    STRIPE_SECRET_KEY: SECRET_KEY,
    STRIPE_PUBLIC_KEY: 'pk_test_chaos0123456789',
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    RATE_LIMIT: 'off',
    STRIPE_API_URL: stripeUrl,
    AUTH_JWT_SECRET: TOKENS.secret,
    AUTH_ISSUER: TOKENS.issuer,
    AUTH_AUDIENCE: TOKENS.audience,
    DEPOSITS: 'on',
  };
}

/** Little of everything, so that buyers fight for it; one product without limit, so that there is always one left. */
async function stockShop({ orm }: ChaosDatabase): Promise<Goods> {
  const products = new Map<number, { onHand: number | null; priceMinor: number }>();
  for (const [index, onHand] of [null, 400, 40, 25, 15, 10, 8, 5, 3, 1].entries()) {
    const priceMinor = 990 + index * 101;
    products.set(await addProduct(orm, { name: `Product ${index}`, onHand, priceMinor }), { onHand, priceMinor });
  }
  const equipment = new Map<number, { pricePerDayMinor: number }>();
  for (const [index, units] of [3, 2, 2, 1].entries()) {
    const pricePerDayMinor = 1_500 + index * 317;
    const name = `Equipment ${index}`;
    equipment.set(await addEquipment(orm, { name, units, pricePerDayMinor, turnaroundDays: 1 }), { pricePerDayMinor });
  }
  const pricePerDayMinor = 2_100;
  const rented = { name: 'Equipment with a deposit', units: UNITS_WITH_DEPOSIT, depositMinor: 20_000 };
  const withDeposit = await addEquipment(orm, { ...rented, pricePerDayMinor });
  equipment.set(withDeposit, { pricePerDayMinor });
  return { products, equipment, withDeposit };
}
