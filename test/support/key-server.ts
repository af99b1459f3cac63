/** An identity provider's key server, as it is over HTTP: it rotates its keys, breaks and comes back. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';

export interface ProviderKey {
  id: string;
  algorithm: string;
  privateKey: CryptoKey;
  publicJwk: JWK;
}

export async function newProviderKey(id: string, algorithm = 'RS256'): Promise<ProviderKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid: id, alg: algorithm, use: 'sig' };
  return { id, algorithm, privateKey, publicJwk };
}

export interface KeyServer {
  url: string;
  /** What it serves. */
  keys: ProviderKey[];
  /** How it answers: the keys, not at all, or as a broken server would. */
  answers: 'keys' | 'never' | 'nonsense' | 'error';
  /** Requests so far. */
  requests(): number;
  /** Rejects connections from now on. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
}

export async function startKeyServer(...keys: ProviderKey[]): Promise<KeyServer> {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    answer(response, keyServer);
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const keyServer: KeyServer = {
    url: `http://127.0.0.1:${port}/keys`,
    keys,
    answers: 'keys',
    requests: () => requests,
    async goDown() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
    async comeBack() {
      await listen(port);
    },
  };
  return keyServer;
}

function answer(response: ServerResponse, { answers, keys }: KeyServer): void {
  if (answers === 'never') return;
  response.setHeader('content-type', 'application/json');
  if (answers === 'error') response.statusCode = 500;
  response.end(answers === 'keys' ? JSON.stringify({ keys: keys.map((key) => key.publicJwk) }) : '<html>');
}
