/** Keeps the store in a file, so that a restart of the simulator forgets nothing. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isSnapshot, type StateSnapshot, type Store } from './store.js';

/** Long enough to save a payment's many changes at once, short enough that a killed process loses next to nothing. */
const SAVE_DELAY_MS = 100;

export class StateFile {
  #timer: NodeJS.Timeout | null = null;
  #lastSave: Promise<void> = Promise.resolve();
  #saveError: Error | null = null;

  private constructor(
    private readonly path: string,
    private readonly store: Store,
  ) {}

  /** Fills the store from the file, when there is one, and from then on saves each change. */
  static async open(path: string, store: Store): Promise<StateFile> {
    const snapshot = await readSnapshot(path);
    if (snapshot !== null) store.restore(snapshot);
    const stateFile = new StateFile(path, store);
    store.onChange(() => stateFile.#scheduleSave());
    return stateFile;
  }

  /** Saves what is not saved yet. Throws when the last save failed, rather than lose state in silence. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#save();
    await this.#lastSave;
    if (this.#saveError !== null) throw this.#saveError;
  }

  #scheduleSave(): void {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#save();
    }, SAVE_DELAY_MS);
    this.#timer.unref();
  }

  /** One save at a time, in order: two that overlap would write the same temporary file. */
  #save(): void {
    this.#lastSave = this.#lastSave.then(async () => {
      try {
        await writeAtomically(this.path, JSON.stringify(this.store.snapshot()));
        this.#saveError = null;
      } catch (error) {
        this.#saveError = error instanceof Error ? error : new Error(String(error));
        console.error(`The Stripe simulator could not save its state to ${this.path}:`, this.#saveError.message);
      }
    });
  }
}

/** A reader, or a process killed half-way, sees the old file or the new one and nothing between. */
async function writeAtomically(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporaryPath = `${path}.tmp`;
  await writeFile(temporaryPath, content);
  await rename(temporaryPath, path);
}

async function readSnapshot(path: string): Promise<StateSnapshot | null> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissingFile(error)) return null;
    throw error;
  }
  try {
    const snapshot: unknown = JSON.parse(content);
    if (isSnapshot(snapshot)) return snapshot;
  } catch (error) {
    throw unreadable(path, error);
  }
  throw unreadable(path, null);
}

function isMissingFile(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}

function unreadable(path: string, cause: unknown): Error {
  return new Error(`${path} is not a state file of this Stripe simulator. Remove it to start without state.`, {
    cause,
  });
}
