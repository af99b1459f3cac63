/** What all command-line programs share: strict arguments, and errors as a line that says what to do. */
import { type ParseArgsConfig, type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { ExplainedError, explain } from '../src/platform/kernel/explained-error.js';

/** An error that the user can correct. */
export class CommandError extends ExplainedError {
  override readonly name: string = 'CommandError';
}

/** An invalid command line: nothing has been done. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError';
  override readonly exitCode = 2;
}

/** Runs a program. Its exit code is 0, 1 where it failed, or 2 where its command line is invalid. */
export async function runProgram(main: () => Promise<void> | void): Promise<void> {
  try {
    await main();
  } catch (error) {
    report(error);
  }
}

type Parsed<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true; strict: true }>
>;

/**
 * The options and words of the command line. `--help` prints the usage and ends the program.
 *
 * @param words how many words beside the options are taken, such as the name of a command
 * @throws UsageError for anything else
 */
export function readArguments<const Options extends ParseArgsOptionsConfig>(
  usage: string,
  options: Options,
  words = 0,
): Parsed<Options> {
  const config: ParseArgsConfig = {
    options: { ...options, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  };
  const parsed = understood(usage, config);
  if (parsed.values.help) {
    console.log(usage);
    process.exit(0);
  }
  const surplus = parsed.positionals[words];
  if (surplus !== undefined) throw new UsageError(`"${surplus}" is not understood. ${usage}`);
  return parsed as Parsed<Options>;
}

function understood(usage: string, config: ParseArgsConfig) {
  try {
    return parseArgs(config);
  } catch (error) {
    // The first sentence says what is wrong; those after it are about parseArgs itself.
    const [problem] = (error as Error).message.split(/\.\s|\n/);
    throw new UsageError(`${problem}. ${usage}`);
  }
}

/** @throws UsageError */
export function chosen<Choice>(usage: string, choices: Readonly<Record<string, Choice>>, name = ''): Choice {
  const choice = Object.hasOwn(choices, name) ? choices[name] : undefined;
  if (choice !== undefined) return choice;
  const problem = name === '' ? 'Say what to do' : `"${name}" is none of ${Object.keys(choices).join(', ')}`;
  throw new UsageError(`${problem}. ${usage}`);
}

/** @throws UsageError */
export function wholeNumber(option: string, text: string, minimum = 0): number {
  if (/^\d{1,10}$/.test(text) && Number(text) >= minimum) return Number(text);
  throw new UsageError(`--${option} ${text} is not a whole number from ${minimum} upwards.`);
}

/**
 * Whether a benchmark is asked for its short form; it ends at once where its command line is not understood.
 *
 * @param words how many words beside it are taken, as for `readArguments`
 */
export function isQuickRun(command: string, words = 0): boolean {
  const options = { quick: { type: 'boolean', default: false } } as const;
  return orExit(() => readArguments(`Usage: npm run ${command} [--quick]`, options, words).values.quick);
}

/** For what a program reads of its command line before anything else: a failure ends it. */
export function orExit<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    report(error);
    process.exit();
  }
}

function report(error: unknown): void {
  console.error(explain(error) ?? error);
  process.exitCode = error instanceof ExplainedError ? error.exitCode : 1;
}
