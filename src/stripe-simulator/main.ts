/** Process entry: runs the Stripe simulator alone, for an app in any language. */
import { parseArgs } from 'node:util';
import { startStripeSimulator } from './simulator.js';

const USAGE = `Usage: stripe-simulator [--host HOST] [--port PORT] [--webhook URL]... [--webhook-secret whsec_...] [--state-file FILE]

  --host            where to listen (default 127.0.0.1)
  --port            default 12111; 0 takes any free port
  --webhook         an endpoint that gets every event; may be given several times
  --webhook-secret  what the events are signed with (default whsec_simulator)
  --state-file      keeps the state across restarts`;

const DEFAULT_PORT = '12111';
const DEFAULT_WEBHOOK_SECRET = 'whsec_simulator';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: DEFAULT_PORT },
      webhook: { type: 'string', multiple: true, default: [] },
      'webhook-secret': { type: 'string', default: DEFAULT_WEBHOOK_SECRET },
      'state-file': { type: 'string' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const secret = values['webhook-secret'];
  const stateFile = values['state-file'];
  const simulator = await startStripeSimulator({
    host: values.host,
    port: parsePort(values.port),
    webhookEndpoints: values.webhook.map((url) => ({ url, secret })),
    ...(stateFile === undefined ? {} : { stateFile }),
  });
  console.log(`Stripe simulator: ${simulator.url}/ (dashboard), ${simulator.url}/v1 (API, any sk_test_ key)`);
  for (const url of values.webhook) console.log(`Events go to ${url}, signed with ${secret}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close());
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error(`--port ${text} is not a port number.`);
  return port;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(USAGE);
  process.exitCode = 1;
}
