/** Log lines are written many at a time, and none is kept back for long. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { eventually } from '../../support/eventually.js';

const module = path.resolve('src/platform/http/log-destination.ts');

/** A process that logs two lines, one after the other was read, and then does what it is told. */
function logging(end: string) {
  const program = `
    const { logDestination } = await import('${module}');
    const log = logDestination();
    log.write('first\\n');
    process.stdin.once('data', () => { log.write('second\\n'); ${end} });`;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

test.each([
  ['that runs on', ''],
  ['that ends at once', 'process.exit();'],
])('A process %s has written all of its lines', async (_, end) => {
  const child = logging(end);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  try {
    await eventually(() => expect(output).toBe('first\n'));
    child.stdin.write('go on');
    await eventually(() => expect(output).toBe('first\nsecond\n'));
  } finally {
    child.kill('SIGKILL');
  }
});
