/** What is in an uploaded file: for API clients at the file's address, and for the dashboard. */
import { authenticate } from './authentication.js';
import { missingObject, StripeApiError } from './errors.js';
import { mimeTypeOf } from './file-formats.js';
import type { HttpAnswer, HttpRequest } from './http-server.js';
import { createId } from './ids.js';
import type { StoredFile } from './objects.js';
import type { Store } from './store.js';

const CONTENTS_PATH = /^\/v1\/files\/([^/]+)\/contents$/;

export class FileContents {
  constructor(
    private readonly store: Store,
    private readonly secretKeys: readonly string[] | null,
  ) {}

  /** Null for a request for anything else. */
  handle({ method, path, headers }: HttpRequest): HttpAnswer | null {
    const id = method === 'GET' ? CONTENTS_PATH.exec(path)?.[1] : undefined;
    if (id === undefined) return null;
    try {
      authenticate(headers, this.secretKeys);
      const answer = contentsOf(this.store.files.get(id));
      if (answer === null) throw missingObject('file', id);
      return answer;
    } catch (error) {
      if (!(error instanceof StripeApiError)) throw error;
      const body = error.body(this.store.accountId, createId('request'));
      return { status: error.status, headers: { 'Content-Type': 'application/json' }, body };
    }
  }
}

/** Null where there is no file, or its contents gave way to newer ones. */
export function contentsOf(stored: StoredFile | undefined): HttpAnswer | null {
  if (stored === undefined || stored.contents === null) return null;
  const filename = encodeURIComponent(stored.file.filename ?? stored.id);
  const headers = {
    'Content-Type': mimeTypeOf(stored.file.type),
    'Content-Disposition': `inline; filename*=UTF-8''${filename}`,
    'Cache-Control': 'no-store',
    // It is somebody's upload: a browser takes it for nothing but what its first bytes say.
    'X-Content-Type-Options': 'nosniff',
  };
  return { status: 200, headers, body: Buffer.from(stored.contents, 'base64') };
}
