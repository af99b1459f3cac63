/** Keeps the store in a file, so that a restart of the simulator forgets nothing. */
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ClockSetting, SimulatorClock } from './clock.js';
import { StateFileError } from './state-file-error.js';
import { isSnapshot, type StateSnapshot, type Store } from './store.js';

/** Long enough to save a payment's many changes at once, short enough that a killed process loses next to nothing. */
const SAVE_DELAY_MS = 100;
/** Much state takes long to write: the pause between two saves is so many times as long as the save before. */
const SAVING_SHARE = 5;

type KeptState = StateSnapshot & { clock?: ClockSetting | undefined };

export class StateFile {
  #timer: NodeJS.Timeout | null = null;
  #lastSave: Promise<void> = Promise.resolve();
  #saveError: Error | null = null;
  #saveTookMs = 0;

  private constructor(
    private readonly path: string,
    private readonly store: Store,
    private readonly clock: SimulatorClock | null,
  ) {}

  /**
   * Fills the store from the file, when there is one, and from then on saves each change.
   *
   * @param clock null where it is not kept
   */
  static async open(path: string, store: Store, clock: SimulatorClock | null): Promise<StateFile> {
    await requireWritable(path);
    const state = await readState(path);
    // First: the objects bring along what falls due by it.
    if (clock !== null && state?.clock !== undefined) clock.setting = state.clock;
    if (state !== null) store.restore(state);
    const stateFile = new StateFile(path, store, clock);
    const save = () => stateFile.#scheduleSave();
    store.onChange(save);
    clock?.onChange(save);
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
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#save();
      },
      Math.max(SAVE_DELAY_MS, this.#saveTookMs * SAVING_SHARE),
    );
    this.#timer.unref();
  }

  /** One save at a time, in order: two that overlap would write the same temporary file. */
  #save(): void {
    this.#lastSave = this.#lastSave.then(async () => {
      try {
        const started = performance.now();
        await writeAtomically(this.path, linesOf({ ...this.store.snapshot(), clock: this.clock?.setting }));
        this.#saveTookMs = performance.now() - started;
        this.#saveError = null;
      } catch (error) {
        this.#saveError = error instanceof Error ? error : new Error(String(error));
        console.error(`The Stripe simulator could not save its state to ${this.path}:`, this.#saveError.message);
      }
    });
  }
}

/** Known at the start, and not by what was to be saved. */
async function requireWritable(path: string): Promise<void> {
  const probe = `${path}.${process.pid}.probe`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    const reason = (error as Error).message;
    throw new StateFileError(`The state cannot be kept in ${path}: choose another file (${reason}).`, { cause: error });
  }
}

/** A reader, or a process killed half-way, sees the old file or the new one and nothing between. */
async function writeAtomically(path: string, lines: Iterable<string>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporaryPath = `${path}.tmp`;
  const file = await open(temporaryPath, 'w');
  try {
    for (const chunk of chunksOf(lines)) await file.write(chunk);
  } finally {
    await file.close();
  }
  await rename(temporaryPath, path);
}

/** Large enough for the disk, small enough to let requests through between two of them. */
const CHUNK_LENGTH = 256 * 1024;

function* chunksOf(lines: Iterable<string>): Iterable<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

/** One line an object, after one for all the rest: as a single text, much state would be longer than a text can be. */
function* linesOf({ objects, ...rest }: KeptState): Iterable<string> {
  yield JSON.stringify({ ...rest, objects: Object.fromEntries(Object.keys(objects).map((name) => [name, []])) });
  for (const [name, items] of Object.entries(objects)) {
    for (const item of items) yield JSON.stringify([name, item]);
  }
}

async function readState(path: string): Promise<KeptState | null> {
  try {
    const state = await readLines(path);
    if (isSnapshot(state)) return state;
  } catch (error) {
    if (isMissingFile(error)) return null;
    throw error instanceof SyntaxError ? unreadable(path, error) : error;
  }
  throw unreadable(path, null);
}

/** What the lines say, whatever it is. */
async function readLines(path: string): Promise<unknown> {
  const file = await open(path);
  let snapshot: unknown = null;
  const collections = new Map<string, unknown[]>();
  for await (const line of file.readLines()) {
    const value: unknown = JSON.parse(line);
    if (snapshot === null) {
      snapshot = value;
      for (const [name, items] of collectionsOf(value)) collections.set(name, items);
    } else if (Array.isArray(value)) {
      const [name, item]: unknown[] = value;
      collections.get(String(name))?.push(item);
    }
  }
  return snapshot;
}

function collectionsOf(header: unknown): [string, unknown[]][] {
  if (typeof header !== 'object' || header === null || !('objects' in header)) return [];
  const entries = Object.entries(header.objects ?? {});
  return entries.filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
}

function isMissingFile(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}

function unreadable(path: string, cause: unknown): StateFileError {
  const problem = `${path} is not a state file of this version of the Stripe simulator.`;
  return new StateFileError(`${problem} Remove it to start without state.`, { cause });
}
