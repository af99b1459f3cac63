/** The driver's options from DATABASE_URL, the same for everything that connects. */
import fs from 'node:fs';
import { isIP } from 'node:net';
import { parse } from 'pg-connection-string';
import { ConnectionGroup, DatabaseClient, type DatabaseClientConfig } from './database-client.js';

// Short enough that another connection can be tried while a person waits.
const CONNECT_TIMEOUT_MS = 4_000;
// After a failover, connections to the old primary are closed after so long at most; a new one costs milliseconds.
const LIFETIME_SECONDS = 60;
// Half of the shortest time after which firewalls and load balancers drop idle connections.
const KEEP_ALIVE_AFTER_MS = 30_000;

/** Those that the driver reads from the URL, and two that are handled here. */
const PARAMETERS = [
  'host',
  'port',
  'user',
  'password',
  'ssl',
  'sslmode',
  'sslcert',
  'sslkey',
  'sslrootcert',
  'sslnegotiation',
  'uselibpqcompat',
  'application_name',
  'options',
  'connect_timeout',
  'channel_binding',
];
const FILES = ['sslcert', 'sslkey', 'sslrootcert'];
const CHOICES: Record<string, readonly string[]> = {
  ssl: ['true', 'false', '1', '0', 'no-verify'],
  sslmode: ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'],
  sslnegotiation: ['postgres', 'direct'],
  uselibpqcompat: ['true', 'false'],
  // The driver can prefer it, but not require it.
  channel_binding: ['disable', 'prefer'],
};

export interface ConnectionOptions extends DatabaseClientConfig {
  database: string;
  application_name?: string;
}

/**
 * For a pool of the driver. One such object is for one pool, whose connections share a group.
 *
 * @param databaseUrl one in which `databaseUrlProblems` finds none
 */
export function connectionOptions(databaseUrl: string): ConnectionOptions {
  const { database, port, connect_timeout: seconds, channel_binding: binding, ...rest } = parsed(databaseUrl);
  return {
    ...rest,
    ...(port ? { port: Number(port) } : {}),
    ...identityOfAddress(rest),
    database: database || rest.user || 'postgres',
    Client: DatabaseClient,
    group: new ConnectionGroup(),
    connectTimeoutMs: seconds ? Number(seconds) * 1000 : CONNECT_TIMEOUT_MS,
    enableChannelBinding: binding === 'prefer',
    // Statements that need not wait for each other's answers go out together.
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    maxLifetimeSeconds: LIFETIME_SECONDS,
  };
}

/** What is not supported, in words for the operator that repeat no value: it may hold a password. */
export function databaseUrlProblems(databaseUrl: string): string[] {
  if (!/^postgres(?:ql)?:\/\//.test(databaseUrl)) return ['must be a URL with postgres:// or postgresql://'];
  const [, query = ''] = databaseUrl.split('?', 2);
  const parameters = [...new URLSearchParams(query)].flatMap(([name, value]) => problemsOf(name, value));
  if (parameters.length > 0) return parameters;
  try {
    const { host } = parsed(databaseUrl);
    return host?.includes(',') ? ['names several hosts: the driver takes one'] : [];
  } catch {
    return ['cannot be read as a URL of PostgreSQL: are special characters of its password percent-encoded?'];
  }
}

function problemsOf(name: string, value: string): string[] {
  if (!PARAMETERS.includes(name)) {
    return [`has the parameter ${name}, which is not supported: remove it. Known ones are ${PARAMETERS.join(', ')}`];
  }
  const choices = CHOICES[name];
  if (choices && !choices.includes(value)) return [`has a ${name} that is not one of ${choices.join(', ')}`];
  if (name === 'connect_timeout' && !/^[1-9]\d?$/.test(value)) return ['has a connect_timeout that is not 1 to 99 s'];
  if (FILES.includes(name) && !isReadable(value)) return [`names a file in ${name} that cannot be read`];
  return [];
}

function isReadable(file: string): boolean {
  try {
    fs.readFileSync(file);
    return true;
  } catch {
    return false;
  }
}

/**
 * The driver passes the server's name to TLS only where it has one; a certificate would be compared with "localhost"
 * where it has an address.
 */
function identityOfAddress({ host, ssl }: { host?: string; ssl?: unknown }): { ssl?: object } {
  if (!ssl || !host || isIP(host) === 0) return {};
  return { ssl: { ...(ssl === true ? {} : (ssl as object)), host } };
}

/** By the driver's own rules, without what the URL leaves open. */
function parsed(databaseUrl: string): Record<string, string | undefined> & { host?: string; user?: string } {
  const options = parse(databaseUrl) as unknown as Record<string, string | null | undefined>;
  return Object.fromEntries(
    Object.entries(options).filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== undefined),
  );
}
