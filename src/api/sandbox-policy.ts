/** What the page of Apollo Sandbox, at `/graphql` outside production, may load and call. */
import { contentSecurityPolicy } from '../platform/http/security-headers.js';

const CONTENT_HOSTS = [
  'https://embeddable-sandbox.cdn.apollographql.com',
  'https://apollo-server-landing-page.cdn.apollographql.com',
];

/** For the header `content-security-policy`. */
export const sandboxPolicy = contentSecurityPolicy({
  // The page brings a policy of its own as well, which allows inline scripts and styles with its nonce only; a browser
  // obeys both, and the nonce is not known here.
  'script-src': ["'unsafe-inline'", ...CONTENT_HOSTS],
  'style-src': ["'unsafe-inline'", ...CONTENT_HOSTS, 'https://fonts.googleapis.com'],
  'font-src': ['https://fonts.gstatic.com'],
  'img-src': ['https://apollo-server-landing-page.cdn.apollographql.com'],
  'manifest-src': ['https://apollo-server-landing-page.cdn.apollographql.com'],
  'frame-src': ['https://sandbox.embed.apollographql.com'],
  'connect-src': ["'self'", 'https://*.apollographql.com'],
});
