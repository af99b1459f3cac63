/**
 * A process of its own that outlives the one which started an embedded PostgreSQL, by a moment: when that one is gone,
 * however it ended, the server is stopped, and what was meant to be thrown away is removed.
 *
 * Its input is a line with the server's process id once that runs, and another when the server was stopped in order.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

const STOPS_WITHIN_MS = 30_000;
const POLL_INTERVAL_MS = 50;

const [dataDirectory = '', signal = 'SIGINT', ...thrownAway] = process.argv.slice(2);
let input = '';

process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => {
  input += chunk;
  if (input.split('\n').length > 2) process.exit();
});
process.stdin.on('end', async () => {
  await stopServer(Number.parseInt(input, 10));
  for (const folder of thrownAway) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
});

async function stopServer(pid: number): Promise<void> {
  if (!runsOurData(pid)) return;
  process.kill(pid, signal);
  const deadline = Date.now() + STOPS_WITHIN_MS;
  while (runsOurData(pid)) {
    if (Date.now() > deadline) {
      process.kill(pid, 'SIGKILL');
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}

/** By its command line, since numbers of processes are used again, and its lock file may be gone already. */
function runsOurData(pid: number): boolean {
  if (!Number.isInteger(pid)) return false;
  if (process.platform === 'win32') return isAlive(pid);
  const { stdout } = spawnSync('ps', ['-o', 'stat=,args=', '-p', String(pid)], { encoding: 'utf8' });
  // One that has ended, and whose parent has not noticed, is over.
  return !stdout.trimStart().startsWith('Z') && stdout.includes(dataDirectory);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
