/** Where temporary data needs no disk: in memory, which Linux offers as a folder. */
import fs from 'node:fs';
import os from 'node:os';

/** That folder; elsewhere there is none. */
export const MEMORY = '/dev/shm';

// A run of all tests makes databases of about 2 GB. Containers often have a folder of 64 MB.
const ENOUGH_BYTES = 4 * 1024 ** 3;

/** The folder in memory; that for temporary files where there is none, or too little is free. */
export function folderInMemory(): string {
  try {
    const { bavail, bsize } = fs.statfsSync(MEMORY);
    // What is free there may have been promised to others as well.
    return Math.min(bavail * bsize, os.freemem()) >= ENOUGH_BYTES ? MEMORY : os.tmpdir();
  } catch {
    return os.tmpdir();
  }
}
