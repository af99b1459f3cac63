/** Reads multipart/form-data: strictly, and without copying the bytes that were received. */

export interface MultipartPart {
  name: string;
  /** Null for a field that is no file. */
  filename: string | null;
  contentType: string | null;
  bytes: Buffer;
}

/** The body is not what its content type says. */
export class MultipartError extends Error {}

/** Stripe has no request with more fields than these. */
const MAX_PARTS = 100;
/** Long names fit well; a body without an end to its headers is not searched to its own end. */
const MAX_HEADERS_BYTES = 8 * 1024;

const LINE_BREAK = '\r\n';
/** RFC 2046: up to 70 characters of these, and no blank at the end. */
const BOUNDARY = /^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/;

/** Null for another content type. Throws where the boundary is missing or none. */
export function boundaryOf(contentType: string): string | null {
  if (!/^multipart\/form-data *(;|$)/i.test(contentType)) return null;
  const match = /;\s*boundary=(?:"([^"]*)"|([^\s;"]+))\s*(?:;|$)/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2] ?? '';
  if (!BOUNDARY.test(boundary)) throw new MultipartError('The content type names no valid boundary.');
  return boundary;
}

/** Throws for a body that does not begin, go on and end as the boundary says. */
export function parseMultipart(body: Buffer, boundary: string): MultipartPart[] {
  const delimiter = Buffer.from(`--${boundary}`);
  if (!body.subarray(0, delimiter.length).equals(delimiter)) {
    throw new MultipartError('The body does not begin with its boundary.');
  }
  const parts: MultipartPart[] = [];
  let position = delimiter.length;
  while (!isEnd(body, position)) {
    if (body.toString('latin1', position, position + 2) !== LINE_BREAK) {
      throw new MultipartError('A boundary is followed by neither a part nor the end.');
    }
    if (parts.length === MAX_PARTS) throw new MultipartError(`There are more than ${MAX_PARTS} parts.`);
    const { part, end } = readPart(body, position + LINE_BREAK.length, delimiter);
    parts.push(part);
    position = end + LINE_BREAK.length + delimiter.length;
  }
  return parts;
}

/** Two dashes close the last part; clients put a line break behind them, or nothing. */
function isEnd(body: Buffer, position: number): boolean {
  if (body.toString('latin1', position, position + 2) !== '--') return false;
  const rest = body.toString('latin1', position + 2, position + 5);
  if (rest !== '' && rest !== LINE_BREAK) throw new MultipartError('Something follows the last boundary.');
  return true;
}

function readPart(body: Buffer, start: number, delimiter: Buffer): { part: MultipartPart; end: number } {
  const headersLength = body.subarray(start, start + MAX_HEADERS_BYTES).indexOf(LINE_BREAK + LINE_BREAK);
  if (headersLength === -1) throw new MultipartError('The headers of a part do not end.');
  const headers = readHeaders(body.toString('utf8', start, start + headersLength));
  const bytesStart = start + headersLength + 2 * LINE_BREAK.length;
  const end = body.indexOf(Buffer.concat([Buffer.from(LINE_BREAK), delimiter]), bytesStart);
  if (end === -1) throw new MultipartError('A part does not end with the boundary.');
  const disposition = readDisposition(headers.get('content-disposition') ?? '');
  const contentType = headers.get('content-type') ?? null;
  return { part: { ...disposition, contentType, bytes: body.subarray(bytesStart, end) }, end };
}

/** By their names in lower case. */
function readHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of text.split(LINE_BREAK)) {
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)$/.exec(line);
    if (match === null) throw new MultipartError('A part has a header that is none.');
    headers.set((match[1] ?? '').toLowerCase(), (match[2] ?? '').trim());
  }
  return headers;
}

const DISPOSITION = /^form-data((?:\s*;\s*[a-z*]+=(?:"(?:[^"\\]|\\.)*"|[^\s;"]+))+)$/i;
const DISPOSITION_FIELD = /;\s*([a-z*]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/gi;

function readDisposition(header: string): Pick<MultipartPart, 'name' | 'filename'> {
  const [, fields] = DISPOSITION.exec(header) ?? [];
  const values = new Map<string, string>();
  for (const [, name = '', quoted, plain = ''] of (fields ?? '').matchAll(DISPOSITION_FIELD)) {
    values.set(name.toLowerCase(), quoted === undefined ? plain : unquote(quoted));
  }
  const name = values.get('name') ?? '';
  if (name === '') throw new MultipartError('A part does not say which field it is.');
  return { name, filename: values.get('filename') ?? null };
}

/** Browsers and Stripe's SDKs write a quotation mark as `%22`, others with a backslash. */
function unquote(text: string): string {
  return text.replaceAll(/\\(["\\])/g, '$1').replaceAll('%22', '"');
}
