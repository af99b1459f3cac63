/** `npm run chaos:processes`: kills real processes under load and checks that nothing was lost, doubled or oversold. */
import { spawnSync } from 'node:child_process';
import { type ChaosOptions, readOptions } from '../test/chaos-processes/options.js';
import { run } from '../test/chaos-processes/run.js';
import { World } from '../test/chaos-processes/world.js';

const options = readOptionsOrEnd();
const world = await prepare();
let holds = false;
try {
  holds = await run(world, options);
} catch (error) {
  console.error(error);
}
const keepLogs = options.keepLogs || !holds;
if (keepLogs) console.log(`The logs are in ${world.directory}; repeat the choices with --seed ${options.seed}`);
await world.stop(keepLogs);
// After a failure, buyers may still be waiting for answers that never come.
process.exit(holds ? 0 : 1);

function readOptionsOrEnd(): ChaosOptions {
  try {
    const given = readOptions();
    return given ?? process.exit(0);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

/** What is killed is what is deployed: the build. */
async function prepare(): Promise<World> {
  const { status } = spawnSync(process.execPath, ['scripts/build.js'], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
  console.log(`${options.kills} kills, seed ${options.seed}`);
  const started = await World.start(options.seed);
  const interrupt = () => void started.stop(options.keepLogs).finally(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  return started;
}
