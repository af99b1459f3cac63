/** The frame of every page: document, headers, language. */
import type { HttpAnswer } from '../http-server.js';
import { type Html, html } from './html.js';
import { stylesheet } from './stylesheet.js';

/** Pages hold the state of a payment, so no cache may keep one; they load nothing and sit in no other page's frame. */
const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
  // Without a referrer, browsers send the forms of the page as if they came from nowhere.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

export function page(status: number, language: string, title: string, body: Html): HttpAnswer {
  const document = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${stylesheet}</style>
</head>
<body>
${body}
</body>
</html>
`;
  return { status, headers: PAGE_HEADERS, body: document.source };
}

/** See Other: the browser follows with a GET, whatever the request was. */
export function seeOther(location: string): HttpAnswer {
  // A header holds ASCII only; everything else of the address stays as it was given.
  const ascii = location.replaceAll(/[^\x21-\x7e]/gu, encodeURIComponent);
  return { status: 303, headers: { Location: ascii, 'Cache-Control': 'no-store' }, body: '' };
}
