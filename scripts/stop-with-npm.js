/**
 * Loaded before a program that npm starts: `node --import ./scripts/stop-with-npm.js …`. npm hands signals on to the
 * shell that it runs scripts in, which dies of them without passing them on. A program whose shell has gone was to stop
 * as well: it sends itself the signal that npm got.
 */
const LOOK_EVERY_MS = 250;

if (process.env.npm_lifecycle_event !== undefined) {
  const shell = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(looking);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_EVERY_MS);
  looking.unref();
}
