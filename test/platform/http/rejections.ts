/** Requests that Fastify itself rejects, and their responses. */

export interface Rejection {
  name: string;
  url?: string;
  method?: 'GET' | 'POST' | 'DELETE';
  contentType?: string;
  body?: string;
  status: number;
  code: string;
}

const json = { contentType: 'application/json' };
const malformed = { status: 400, code: 'MALFORMED_JSON' };
const unsupported = { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' };
const nothing = { status: 404, code: 'NOT_FOUND' };

export const rejections: Rejection[] = [
  { name: 'no JSON', ...json, body: '{"query": ', ...malformed },
  { name: 'an empty body', ...json, body: '', ...malformed },
  { name: 'a prototype in JSON', ...json, body: '{"__proto__": {}}', ...malformed },
  { name: 'a large body', ...json, body: `"${'x'.repeat(200_000)}"`, status: 413, code: 'BODY_TOO_LARGE' },
  { name: 'a form', contentType: 'application/x-www-form-urlencoded', body: 'query=x', ...unsupported },
  { name: 'a file', contentType: 'multipart/form-data; boundary=x', body: '--x--', ...unsupported },
  { name: 'XML', contentType: 'application/xml', body: '<query/>', ...unsupported },
  { name: 'a content type that is none', contentType: 'nonsense', body: 'x', ...unsupported },
  { name: 'an address that cannot be decoded', method: 'GET', url: '/%zz', status: 400, code: 'BAD_REQUEST' },
  { name: 'an address where nothing is', method: 'GET', url: '/.env', ...nothing },
  { name: 'a method that there is not', method: 'DELETE', ...nothing },
  { name: 'a webhook by GET', method: 'GET', url: '/api/webhook/stripe/', ...nothing },
];
