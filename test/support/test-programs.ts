/** Programs that some tests run for real, and where this machine has them. */
import fs from 'node:fs';
import path from 'node:path';

interface TestProgram {
  /** The names that it goes by, the preferred one first. */
  names: readonly string[];
  debianPackage: string;
  /** The environment variable that says where it is, for a place that is not searched. */
  variable: string;
}

const testPrograms = {
  chromium: {
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    debianPackage: 'chromium',
    variable: 'CHROMIUM_PATH',
  },
  'redis-server': {
    names: ['valkey-server', 'redis-server'],
    debianPackage: 'redis-server',
    variable: 'REDIS_SERVER_PATH',
  },
  pgbouncer: { names: ['pgbouncer'], debianPackage: 'pgbouncer', variable: 'PGBOUNCER_PATH' },
} as const satisfies Record<string, TestProgram>;

export type TestProgramName = keyof typeof testPrograms;

/** Where the program is; null where there is none. */
export function findTestProgram(name: TestProgramName): string | null {
  const { names, variable } = testPrograms[name];
  const given = process.env[variable];
  if (given) return given;
  // Debian keeps daemons in folders that are on the PATH of root alone.
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/bin'];
  const candidates = names.flatMap((program) => folders.map((folder) => path.join(folder, program)));
  return candidates.find(isExecutable) ?? null;
}

/** What there is none of, with what to do about it. */
export function missingTestPrograms(): { debianPackage: string; hint: string }[] {
  return (Object.keys(testPrograms) as TestProgramName[])
    .filter((name) => findTestProgram(name) === null)
    .map((name) => ({ debianPackage: testPrograms[name].debianPackage, hint: hintFor(name) }));
}

export function hintFor(name: TestProgramName): string {
  const { debianPackage, variable } = testPrograms[name];
  return `${name} is missing: install it (Debian: apt-get install ${debianPackage}) or say in ${variable} where it is`;
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
