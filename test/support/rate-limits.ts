/** For tests of the rate limits: requests from any address, and a real Redis. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { freePort } from '../../src/platform/database/free-port.js';
import { removeScratchFolder, scratchFolder } from '../../src/platform/kernel/scratch-folder.js';
import { eventually } from './eventually.js';
import type { GraphQLResult, TestApp } from './test-app.js';

let addresses = 0;

/** An address that nobody has sent from. */
export function freeAddress(): string {
  addresses += 1;
  return `10.${process.pid % 256}.${addresses >> 8}.${addresses % 256}`;
}

interface Answer extends GraphQLResult<unknown> {
  headers: Record<string, unknown>;
  /** Of the first error; OK without one. */
  code: string;
  codes: string[];
}

/** Sends an operation as a proxy would hand it on. */
export async function sendFrom(
  { app }: TestApp,
  address: string,
  query: string,
  variables: object = {},
  token?: string,
): Promise<Answer> {
  const headers = { 'x-forwarded-for': address, ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const response = await app.inject({ method: 'POST', url: '/graphql', headers, payload: { query, variables } });
  const { data, errors } = response.json<Pick<Answer, 'data' | 'errors'>>();
  const codes = (errors ?? []).map(({ extensions }) => extensions.code);
  return { status: response.statusCode, headers: response.headers, data, errors, codes, code: codes[0] ?? 'OK' };
}

export interface RedisServer {
  url: string;
  /** It keeps its connections, and answers nothing more. */
  hang(): void;
  stop(): Promise<void>;
}

/** A server of its own. */
export async function redisServer(program: string): Promise<RedisServer> {
  const port = await freePort();
  const directory = scratchFolder('redis');
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory];
  const child = spawn(program, settings, { stdio: 'ignore' });
  await eventually(async () => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect').finally(() => socket.destroy());
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    hang() {
      child.kill('SIGSTOP');
    },
    async stop() {
      child.kill('SIGCONT');
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill();
        await exited;
      }
      removeScratchFolder(directory);
    },
  };
}
