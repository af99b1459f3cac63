/** Standard output for log lines, written many at a time. */
import { destination } from 'pino';

// A write for each line would take a tenth of what a webhook costs. Lines are written when there are this many bytes of
// them, and after so long at the latest: a process that is killed loses no more, and one that exits writes them.
const BUFFER_BYTES = 4_096;
const FLUSH_MS = 100;

/** Call once in a process. */
export function logDestination(): { write(line: string): void } {
  const output = destination({ sync: true, minLength: BUFFER_BYTES });
  process.once('exit', () => output.flushSync());
  // Its own interval would wake an idle process ten times a second.
  let willFlush = false;
  const flush = () => {
    willFlush = false;
    output.flush();
  };
  return {
    write(line) {
      output.write(line);
      if (willFlush) return;
      willFlush = true;
      setTimeout(flush, FLUSH_MS).unref();
    },
  };
}
