/** Errors whose message says what to do: programs print it without a stack. */

export class ExplainedError extends Error {
  /** The exit code of a program that ends with it. */
  readonly exitCode: number = 1;
}

const IN_WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder',
  EEXIST: 'something of that name is there',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was closed',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ENOTFOUND: 'the host is unknown',
  EAI_AGAIN: 'its name cannot be looked up',
};

const OF_DATABASES: Readonly<Record<string, string>> = {
  '28P01': 'The database rejects the password: correct DATABASE_URL.',
  '28000': 'The database rejects the user: correct DATABASE_URL.',
  '3D000': 'The database does not exist: npm run comptoir -- migrate up creates it, or correct DATABASE_URL.',
  '42P01':
    'The database lacks tables: run npm run comptoir -- migrate up first (node dist/migration.js up where there is a build).',
  '42703':
    'The database lacks columns: run npm run comptoir -- migrate up first (node dist/migration.js up where there is a build).',
  '42501': 'The user of DATABASE_URL may not do that: give it the rights, or name another user.',
  '25006': 'The database is a read-only standby: name the primary in DATABASE_URL.',
  '53300': 'The database has no connection left: raise its max_connections, or stop what holds them.',
  '57P03': 'The database is starting up or shutting down: try again in a moment.',
  '57P01': 'The database was shut down meanwhile: start it and run this again.',
};

interface SystemError extends Error {
  code?: string;
  syscall?: string;
  path?: string;
  address?: string;
  hostname?: string;
  port?: number;
  cause?: unknown;
  errors?: unknown[];
}

/** What to do about an error, in a line; null for an unexpected one, whose stack is needed then. */
export function explain(error: unknown): string | null {
  for (const link of chainOf(error)) {
    if (link instanceof ExplainedError) return link.message;
    const explanation = ofDatabase(link) ?? ofFile(link) ?? ofConnection(link);
    if (explanation !== null) return explanation;
  }
  return null;
}

/** The error and what caused it, several of them where a host has several addresses. */
function chainOf(error: unknown): SystemError[] {
  if (!(error instanceof Error)) return [];
  const { cause, errors = [] } = error as SystemError;
  return [error, ...errors.flatMap(chainOf), ...chainOf(cause)];
}

function ofDatabase({ code = '' }: SystemError): string | null {
  return OF_DATABASES[code] ?? null;
}

function ofFile({ code = '', syscall = '', path }: SystemError): string | null {
  // Of a folder that its parents' folder rejects: with `recursive`, Node tells it so.
  const isRejected = code === 'ENOENT' && syscall === 'mkdir';
  const reason = isRejected ? 'the folder above it may not be written to' : IN_WORDS[code];
  if (path === undefined || reason === undefined || syscall.startsWith('spawn')) return null;
  return `${path} cannot be used (${syscall}): ${reason}. Change that, or choose another place.`;
}

function ofConnection({ code = '', syscall = '', address, hostname, port }: SystemError): string | null {
  if (code === 'EADDRINUSE') return `Port ${port} is in use: stop what listens there, or choose another.`;
  const reason = IN_WORDS[code];
  const isConnecting = ['connect', 'getaddrinfo', 'read'].includes(syscall);
  if (!isConnecting || reason === undefined) return null;
  const place = [address ?? hostname, port].filter((part) => part !== undefined).join(':');
  return `No database can be reached${place === '' ? '' : ` at ${place}`}: ${reason} (${code}). Start it, or correct DATABASE_URL.`;
}
