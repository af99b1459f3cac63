/** `npm run proof -- processes`: kills real processes under load and checks that nothing was lost, doubled or oversold. */
import { spawnSync } from 'node:child_process';
import { runProgram } from '../cli/program.js';
import { explain } from '../src/platform/kernel/explained-error.js';
import { type ChaosOptions, readOptions } from './processes/options.js';
import type { World } from './processes/world.js';

let world: World | null = null;

await runProgram(async () => {
  const options = readOptions();
  // From the first moment on: what has been started ends with this program, also when it is interrupted.
  const interrupt = () => void (world?.stop(options.keepLogs) ?? Promise.resolve()).finally(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt);
  // Buyers of a failed run wait on: only the exit ends them.
  process.exit((await holds(options)) ? 0 : 1);
});

/** Whether every invariant holds after the run. */
async function holds(options: ChaosOptions): Promise<boolean> {
  let isGood = false;
  try {
    // Loaded here only: help, and a command line that is not understood, are answered at once.
    const { run } = await import('./processes/run.js');
    const { World } = await import('./processes/world.js');
    build();
    console.log(`${options.kills} kills, seed ${options.seed}`);
    world = await World.start(options.seed);
    isGood = await run(world, options);
  } catch (error) {
    console.error(explain(error) ?? error);
  }
  const keepLogs = options.keepLogs || !isGood;
  if (keepLogs) console.log(`The logs are in ${world?.directory}; repeat the choices with --seed ${options.seed}`);
  await world?.stop(keepLogs);
  return isGood;
}

/** What is killed is what is deployed. */
function build(): void {
  const { status } = spawnSync(process.execPath, ['scripts/build.js'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The build failed.');
}
