/** Where the demo's own database is, for commands that look into it while the demo runs. */
import fs from 'node:fs';
import path from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the demo keeps its data. */
export function demoDataDirectory(environment: Environment): string {
  return path.resolve(environment.DEMO_DATA_DIRECTORY ?? '.data');
}

/** Only its owner may read it: it holds the password. */
export function keepDatabaseUrl(dataDirectory: string, url: string): void {
  fs.writeFileSync(fileIn(dataDirectory), url, { mode: 0o600 });
}

/** When the demo stops. */
export function forgetDatabaseUrl(dataDirectory: string): void {
  fs.rmSync(fileIn(dataDirectory), { force: true });
}

/** Null where no demo runs, or one with a database of somebody else's. */
export function readDatabaseUrl(dataDirectory: string): string | null {
  const file = fileIn(dataDirectory);
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null;
}

function fileIn(dataDirectory: string): string {
  return path.join(dataDirectory, 'database-url');
}
