/** The parameters of an API request: form-encoded wherever they came from, and the file that was uploaded with them. */
import { createHash } from 'node:crypto';
import { malformedBody, type StripeApiError } from './errors.js';
import type { HttpRequest } from './http-server.js';
import { boundaryOf, MultipartError, type MultipartPart, parseMultipart } from './multipart.js';

export interface UploadedFile {
  filename: string;
  /** As the client declares it; null where it does not. */
  contentType: string | null;
  bytes: Buffer;
}

export interface ApiParameters {
  encodedParameters: string;
  upload: UploadedFile | null;
  /** Why the body cannot be read. */
  problem: StripeApiError | null;
}

/** The field that carries the file of an upload. */
const FILE_FIELD = 'file';

export function readApiParameters(request: HttpRequest): ApiParameters {
  if (request.method !== 'POST') return { encodedParameters: request.query, upload: null, problem: null };
  try {
    const boundary = boundaryOf(request.headers['content-type'] ?? '');
    if (boundary === null) return { encodedParameters: request.body, upload: null, problem: null };
    return readParts(parseMultipart(request.bytes, boundary));
  } catch (error) {
    if (!(error instanceof MultipartError)) throw error;
    return { encodedParameters: '', upload: null, problem: malformedBody(`Invalid multipart body: ${error.message}`) };
  }
}

/** Files are described by fields, for the journal, and so that an idempotency key knows one from another. */
function readParts(parts: MultipartPart[]): ApiParameters {
  const fields = new URLSearchParams();
  let upload: UploadedFile | null = null;
  for (const { name, filename, contentType, bytes } of parts) {
    if (filename === null) {
      fields.append(name, bytes.toString('utf8'));
      continue;
    }
    if (name === FILE_FIELD && upload !== null) throw new MultipartError('There is more than one file.');
    if (name === FILE_FIELD) upload = { filename, contentType, bytes };
    fields.append(`${name}[filename]`, filename);
    fields.append(`${name}[sha256]`, createHash('sha256').update(bytes).digest('hex'));
    fields.append(`${name}[size]`, String(bytes.length));
    fields.append(`${name}[type]`, contentType ?? '');
  }
  return { encodedParameters: fields.toString(), upload, problem: null };
}
