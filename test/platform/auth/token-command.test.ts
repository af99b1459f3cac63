/** `npm run comptoir -- token`: tokens for developers, never where money is real. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';

async function runToken(parameters: string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', 'cli/token.ts', ...parameters], {
    env: { PATH: process.env.PATH, ...environment },
  });
  return stdout.trim();
}

test('It prints a token for a buyer, or for staff', async () => {
  expect(decodeJwt(await runToken(['--sub', 'alice', '--role', 'staff']))).toMatchObject({
    sub: 'alice',
    roles: ['staff'],
  });
});

test.each([
  [
    'in production, where the identity provider signs',
    { NODE_ENV: 'production' },
    /in production the identity provider/,
  ],
  ['where a key set is configured', { AUTH_JWKS_URL: 'https://id.example/keys' }, /only the identity provider/],
])('It rejects %s', async (_, environment, reason) => {
  await expect(runToken(['--sub', 'alice'], environment)).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(reason),
  });
});
