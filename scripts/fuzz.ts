/**
 * `npm run test:fuzz [-- --bodies N] [--seed S]`: fuzzes every argument of the schema and the webhook, N bodies each.
 * Exit code 1 when anything was wrong.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

const USAGE = `Usage:
  npm run test:fuzz                          10,000 bodies to /graphql and 10,000 to the webhook, from a random seed
  npm run test:fuzz -- --bodies 100000       more of them
  npm run test:fuzz -- --seed N [--bodies N] the same ones again`;
// What fits into a minute and a half on two cores.
const DEFAULT_BODIES = 10_000;
const SEED_LIMIT = 2 ** 31;

const options = readOptions();
if (options !== null) {
  const replay = `npm run test:fuzz -- --seed ${options.seed} --bodies ${options.bodies}`;
  console.log(`Seed ${options.seed}. To play the same again: ${replay}`);
  process.exitCode = await runJest(options);
  if (process.exitCode !== 0) console.error(`To play the same again: ${replay}`);
}

/** Null when it was not understood, or only asked for help, which has been given then. */
function readOptions(): { bodies: number; seed: number } | null {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({ options: { bodies: text, seed: text, help: { type: 'boolean', short: 'h' } } });
    if (!values.help) {
      return {
        bodies: countOf('bodies', values.bodies) ?? DEFAULT_BODIES,
        seed: countOf('seed', values.seed) ?? randomInt(SEED_LIMIT),
      };
    }
    console.log(USAGE);
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    process.exitCode = 1;
  }
  return null;
}

function countOf(name: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  if (/^[1-9]\d{0,9}$/.test(value)) return Number(value);
  throw new Error(`--${name} must be a whole number.`);
}

function runJest({ bodies, seed }: { bodies: number; seed: number }): Promise<number> {
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const child = spawn(process.execPath, [...jest, '--config', 'test/fuzz/jest.config.js'], {
    env: { ...process.env, FUZZ_BODIES: String(bodies), FUZZ_SEED: String(seed) },
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
