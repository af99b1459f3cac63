/** Process entry: runs the Stripe simulator alone, for an app in any language. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type ChaosPlan, parseChaosPlan } from './chaos-plan.js';
import { OFFERED_PAYMENT_METHOD_TYPES } from './payment-method-types.js';
import type { OfferedPaymentMethodType, StripeSimulator, StripeSimulatorOptions } from './public-types.js';
import { startStripeSimulator } from './simulator.js';
import { StateFileError } from './state-file-error.js';

const USAGE = `Usage: stripe-simulator [options]

  --host HOST             where to listen (default 127.0.0.1)
  --port PORT             default 12111; 0 takes any free port
  --webhook URL           an endpoint that gets every event; may be given several times
  --webhook-secret SECRET what the events are signed with (default whsec_simulator)
  --payment-methods LIST  what buyers may pay with: card, sepa_debit, bancontact (default card,sepa_debit)
  --state-file FILE       keeps the state across restarts
  --seed NUMBER           what chance is drawn from (default: a random one)
  --chaos FILE            a plan of what goes wrong by chance, as JSON
  --max-objects NUMBER    how many objects of a kind are kept (default 100000)
  --log                   prints a line for each API request`;

const DEFAULT_PORT = '12111';
const DEFAULT_WEBHOOK_SECRET = 'whsec_simulator';

/** The command line was not understood. */
class UsageError extends Error {}

function readArguments() {
  try {
    return parseArgs({
      options: {
        help: { type: 'boolean', default: false },
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: DEFAULT_PORT },
        webhook: { type: 'string', multiple: true, default: [] },
        'webhook-secret': { type: 'string', default: DEFAULT_WEBHOOK_SECRET },
        'payment-methods': { type: 'string' },
        'state-file': { type: 'string' },
        seed: { type: 'string' },
        chaos: { type: 'string' },
        'max-objects': { type: 'string' },
        log: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function main(): Promise<void> {
  const values = readArguments();
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const secret = values['webhook-secret'];
  const { 'payment-methods': methods, 'state-file': stateFile, 'max-objects': maxObjects, seed, chaos } = values;
  const simulator = await startStripeSimulator({
    host: values.host,
    port: parsePort(values.port),
    webhookEndpoints: values.webhook.map((url) => ({ url, secret })),
    ...(methods === undefined ? {} : { paymentMethodTypes: parseMethods(methods) }),
    ...(stateFile === undefined ? {} : { stateFile }),
    ...(seed === undefined ? {} : { seed: parseWhole('--seed', seed, 0) }),
    ...(chaos === undefined ? {} : { chaos: readPlan(chaos) }),
    ...(maxObjects === undefined ? {} : { maxObjects: parseWhole('--max-objects', maxObjects, 1) }),
    ...(values.log ? { onRequest: logRequest } : {}),
  });
  announce(simulator, values.webhook, secret);
  // State that could not be saved has been reported by then.
  const close = () => void simulator.close().catch(() => process.exit(1));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, close);
}

function announce({ url, chaos }: StripeSimulator, webhooks: readonly string[], secret: string): void {
  const destinations = webhooks.map((webhook) => `Events go to ${webhook}, signed with ${secret}`);
  const isChaotic = Object.keys(chaos.plan()).length > 0;
  console.log(
    [
      `Stripe simulator: ${url}/ (dashboard), ${url}/v1 (API, any sk_test_ key), ${url}/_simulator (controls)`,
      ...destinations,
      `Seed ${chaos.seed}${isChaotic ? ', with chaos' : ''}`,
    ].join('\n'),
  );
}

const logRequest: NonNullable<StripeSimulatorOptions['onRequest']> = ({ method, path, status }) => {
  console.log(`${new Date().toISOString()} ${method} ${path} ${status ?? 'connection reset'}`);
};

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new UsageError(`--port ${text} is not a port number.`);
  return port;
}

function parseMethods(list: string): OfferedPaymentMethodType[] {
  return list.split(',').map((name) => {
    const known = OFFERED_PAYMENT_METHOD_TYPES.find((type) => type === name.trim());
    if (known !== undefined) return known;
    throw new UsageError(`--payment-methods ${list}: choose from ${OFFERED_PAYMENT_METHOD_TYPES.join(', ')}.`);
  });
}

function parseWhole(option: string, text: string, minimum: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= minimum) return number;
  throw new UsageError(`${option} ${text} is not a whole number from ${minimum} upwards.`);
}

function readPlan(file: string): ChaosPlan {
  try {
    return parseChaosPlan(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new UsageError(`--chaos ${file}: ${error instanceof Error ? error.message : error}`);
  }
}

try {
  await main();
} catch (error) {
  console.error(inWords(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

function inWords(error: unknown): unknown {
  if (error instanceof UsageError) return `${error.message}\n${USAGE}`;
  if (error instanceof StateFileError) return error.message;
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is in use: stop what listens there, or choose another with --port.`;
  return error;
}
