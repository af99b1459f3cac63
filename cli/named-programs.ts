/** A command with several programs: its first word names the program. */
import { chosen, runProgram } from './program.js';

/** Each runs when it is loaded, and reads the command line for itself. */
export type Programs = Readonly<Record<string, () => Promise<unknown>>>;

/** @param usage lists the programs, a line each */
export async function runNamedProgram(usage: string, programs: Programs): Promise<void> {
  await runProgram(async () => {
    const [name = ''] = process.argv.splice(2, 1);
    if (name === '--help' || name === '-h') console.log(usage);
    else await chosen(usage, programs, name)();
  });
}
