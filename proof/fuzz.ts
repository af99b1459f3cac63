/**
 * `npm run proof -- fuzz [--bodies N] [--seed S]`: fuzzes every argument of the schema and the webhook, N bodies each.
 * Exit code 1 when anything was wrong.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readArguments, runProgram, wholeNumber } from '../cli/program.js';

const USAGE = `Usage:
  npm run proof -- fuzz                          10,000 bodies to /graphql and 10,000 to the webhook, from a random seed
  npm run proof -- fuzz --bodies 100000       more of them
  npm run proof -- fuzz --seed N [--bodies N] the same ones again`;
// What fits into a minute and a half on two cores.
const DEFAULT_BODIES = 10_000;
const SEED_LIMIT = 2 ** 31;

await runProgram(async () => {
  const text = { type: 'string' } as const;
  const { values } = readArguments(USAGE, { bodies: text, seed: text });
  const bodies = values.bodies === undefined ? DEFAULT_BODIES : wholeNumber('bodies', values.bodies, 1);
  const seed = values.seed === undefined ? randomInt(SEED_LIMIT) : wholeNumber('seed', values.seed, 1);
  const replay = `npm run proof -- fuzz --seed ${seed} --bodies ${bodies}`;
  console.log(`Seed ${seed}. To play the same again: ${replay}`);
  process.exitCode = await runJest({ bodies, seed });
  if (process.exitCode !== 0) console.error(`To play the same again: ${replay}`);
});

function runJest({ bodies, seed }: { bodies: number; seed: number }): Promise<number> {
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const child = spawn(process.execPath, [...jest, '--config', 'proof/fuzz/jest.config.js'], {
    env: { ...process.env, FUZZ_BODIES: String(bodies), FUZZ_SEED: String(seed) },
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
