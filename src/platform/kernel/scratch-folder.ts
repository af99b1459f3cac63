/** Temporary folders, which are removed when the process ends, or by the next one where it was killed. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const OWNER_FILE = '.owner';
const ENDING_SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

const ours = new Set<string>();
let areRemovedAtEnd = false;

/**
 * A new folder, which other users may enter.
 *
 * @param kind part of its name; dead processes' folders of the same kind are removed
 * @param parent where it is; the system's folder for what is temporary by default
 */
export function scratchFolder(kind: string, parent = os.tmpdir()): string {
  for (const folder of abandonedScratchFolders(kind, parent)) removeScratchFolder(folder);
  const folder = fs.mkdtempSync(path.join(parent, `comptoir-${kind}-`));
  removeAtEnd();
  ours.add(folder);
  fs.chmodSync(folder, 0o755);
  fs.writeFileSync(path.join(folder, OWNER_FILE), identityOf(process.pid));
  return folder;
}

export function removeScratchFolder(folder: string): void {
  ours.delete(folder);
  fs.rmSync(folder, { recursive: true, force: true });
}

/** Removes the folders of killed processes of this user on this machine. */
export function abandonedScratchFolders(kind: string, parent = os.tmpdir()): string[] {
  const beginning = `comptoir-${kind}-`;
  return fs
    .readdirSync(parent)
    .filter((name) => name.startsWith(beginning))
    .map((name) => path.join(parent, name))
    .filter(isAbandoned);
}

function isAbandoned(folder: string): boolean {
  try {
    const file = path.join(folder, OWNER_FILE);
    const owner = fs.readFileSync(file, 'utf8');
    const pid = Number.parseInt(owner, 10);
    // Containers that share the folder have numbers of processes of their own, and other host names.
    const isOfThisMachine = owner === identityOf(pid) && fs.statSync(file).uid === (process.getuid?.() ?? 0);
    return isOfThisMachine && !isAlive(pid);
  } catch {
    // Removed meanwhile, or not one of these.
    return false;
  }
}

function identityOf(pid: number): string {
  return `${pid} ${os.hostname()}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function removeAtEnd(): void {
  if (areRemovedAtEnd) return;
  areRemovedAtEnd = true;
  process.once('exit', () => {
    for (const folder of ours) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  for (const [signal, number] of Object.entries(ENDING_SIGNALS)) {
    // Without a listener the process would end without its exit listeners; one that has others ends as they decide.
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(128 + number);
    });
  }
}
