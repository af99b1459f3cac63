/** What may stand in `Authorization`, and what becomes of it: one line a case, the same for a secret and a key set. */
import { createHmac, randomBytes } from 'node:crypto';
import { testEnvironment } from '../../support/test-app.js';

export type TokenOutcome = 'anonymous' | 'buyer' | 'staff' | 'rejected';

/** Signs as the identity provider of the API does, whatever is asked of it. */
export interface Signer {
  /** The algorithm that the provider uses. */
  algorithm: string;
  keyId: string;
  /** What an attacker knows: the public key, or a word that is no secret. */
  publicText: string;
  /** A token over the claims, laid over good ones; undefined takes one away. */
  sign(claims?: object, header?: object): string;
  /** A well signed token over a text that need not be claims. */
  signText(text: string): string;
  /** The same by somebody else's key of the same kind. */
  signWithOtherKey(): string;
}

/** The headers that are sent: usually one. */
type Headers = (by: Signer) => string | string[];

/** By the API's clock, when it is shown a token. */
export const CORPUS_TIME = new Date();

const seconds = (fromNow: number) => Math.floor(CORPUS_TIME.getTime() / 1000) + fromNow;
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const { AUTH_ISSUER: iss, AUTH_AUDIENCE: aud } = testEnvironment;
const goodClaims = { sub: 'mallory', iss, aud, exp: seconds(3600), roles: ['staff'] };

const bearer = (claims?: object, header?: object) => (by: Signer) => `Bearer ${by.sign(claims, header)}`;
const unsigned = (header: object, signature = '') => `Bearer ${encoded(header)}.${encoded(goodClaims)}.${signature}`;
/** Signed with a shared secret that is no secret: the public key in one of its forms. */
const confused = (by: Signer, key: string) => {
  const content = `${encoded({ alg: 'HS256', kid: by.keyId })}.${encoded(goodClaims)}`;
  return `Bearer ${content}.${createHmac('sha256', key).update(content).digest('base64url')}`;
};
const altered = (token: string, part: number, change: (text: string) => string) =>
  `Bearer ${token
    .split('.')
    .map((text, index) => (index === part ? change(text) : text))
    .join('.')}`;
const otherClaims = (text: string) =>
  encoded({ ...JSON.parse(Buffer.from(text, 'base64url').toString()), sub: 'mallory' });

export const tokenCorpus: [string, TokenOutcome, Headers][] = [
  // Nobody in particular
  ['no header', 'anonymous', () => []],
  // Good ones
  ['a good token', 'buyer', bearer()],
  ['bearer in lower case', 'buyer', (by) => `bearer ${by.sign()}`],
  ['BEARER in upper case, and two spaces', 'buyer', (by) => `BEARER  ${by.sign()}`],
  ['expired for less than the tolerance', 'buyer', bearer({ exp: seconds(-50) })],
  ['valid from a moment within the tolerance', 'buyer', bearer({ nbf: seconds(50) })],
  ['an end far ahead', 'buyer', bearer({ exp: seconds(1e9) })],
  ['several audiences, ours among them', 'buyer', bearer({ aud: ['other', aud] })],
  ['a subject of 255 characters', 'buyer', bearer({ sub: 'a'.repeat(255) })],
  ['a subject beyond ASCII', 'buyer', bearer({ sub: 'zoé-🚲' })],
  ['claims that nobody asked for', 'buyer', bearer({ admin: true, staff: true, scope: 'staff' })],
  // Roles
  ['the role staff', 'staff', bearer({ roles: ['staff'] })],
  ['the role staff among others', 'staff', bearer({ roles: ['editor', 'staff'] })],
  ['no roles', 'buyer', bearer({ roles: [] })],
  ['another role', 'buyer', bearer({ roles: ['admin'] })],
  ['roles as text', 'buyer', bearer({ roles: 'staff' })],
  ['roles as longer text', 'buyer', bearer({ roles: 'no staff' })],
  ['roles as an object', 'buyer', bearer({ roles: { staff: true } })],
  ['roles in roles', 'buyer', bearer({ roles: [['staff']] })],
  ['roles in upper case', 'buyer', bearer({ roles: ['STAFF'] })],
  ['roles null', 'buyer', bearer({ roles: null })],
  ['roles as a number', 'buyer', bearer({ roles: 1 })],
  ['the claim role instead of roles', 'buyer', bearer({ role: 'staff' })],
  // Time
  ['expired', 'rejected', bearer({ exp: seconds(-3600) })],
  ['expired for just more than the tolerance', 'rejected', bearer({ exp: seconds(-61) })],
  ['not valid yet', 'rejected', bearer({ nbf: seconds(3600) })],
  ['not valid for just more than the tolerance', 'rejected', bearer({ nbf: seconds(75) })],
  ['no end', 'rejected', bearer({ exp: undefined })],
  ['an end as text', 'rejected', bearer({ exp: String(seconds(3600)) })],
  ['an end that is null', 'rejected', bearer({ exp: null })],
  ['a beginning as text', 'rejected', bearer({ nbf: '0' })],
  // Issuer and audience
  ['another issuer', 'rejected', bearer({ iss: 'https://evil.example' })],
  ['the issuer with a slash', 'rejected', bearer({ iss: `${iss}/` })],
  ['the issuer in a list', 'rejected', bearer({ iss: [iss] })],
  ['no issuer', 'rejected', bearer({ iss: undefined })],
  ['another audience', 'rejected', bearer({ aud: 'other' })],
  ['several other audiences', 'rejected', bearer({ aud: ['other', 'another'] })],
  ['an audience that begins like ours', 'rejected', bearer({ aud: `${aud}-admin` })],
  ['an empty list of audiences', 'rejected', bearer({ aud: [] })],
  ['our audience in a list in a list', 'rejected', bearer({ aud: [[aud]] })],
  ['no audience', 'rejected', bearer({ aud: undefined })],
  // Subject
  ['no subject', 'rejected', bearer({ sub: undefined })],
  ['an empty subject', 'rejected', bearer({ sub: '' })],
  ['a subject that is null', 'rejected', bearer({ sub: null })],
  ['a number as subject', 'rejected', bearer({ sub: 42 })],
  ['a list as subject', 'rejected', bearer({ sub: ['alice'] })],
  ['an object as subject', 'rejected', bearer({ sub: { length: 1 } })],
  ['NUL in the subject', 'rejected', bearer({ sub: 'a\u0000' })],
  ['a subject of 256 characters', 'rejected', bearer({ sub: 'a'.repeat(256) })],
  // Signature and algorithm
  ['the algorithm none', 'rejected', () => unsigned({ alg: 'none' })],
  ['the algorithm None', 'rejected', () => unsigned({ alg: 'None' })],
  ['the algorithm none, with a signature', 'rejected', () => unsigned({ alg: 'none' }, 'c2lnbmF0dXJl')],
  ['no algorithm', 'rejected', () => unsigned({ typ: 'JWT' }, 'c2lnbmF0dXJl')],
  ['an algorithm that is a number', 'rejected', () => unsigned({ alg: 256 }, 'c2lnbmF0dXJl')],
  ['no signature', 'rejected', (by) => altered(by.sign(), 2, () => '')],
  ['an altered signature', 'rejected', (by) => altered(by.sign(), 2, (text) => `AAAA${text.slice(4)}`)],
  ['altered claims', 'rejected', (by) => altered(by.sign(), 1, otherClaims)],
  ['a stranger’s key', 'rejected', (by) => `Bearer ${by.signWithOtherKey()}`],
  ['HS256 by the public key', 'rejected', (by) => confused(by, by.publicText)],
  ['HS256 by nothing', 'rejected', (by) => confused(by, '')],
  ['HS256 by the key’s name', 'rejected', (by) => confused(by, by.keyId)],
  ['a key inside the token', 'rejected', () => unsigned({ alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } }, 'AAAA')],
  ['a header that must be understood', 'rejected', bearer({}, { crit: ['shop'], shop: 1 })],
  ['an empty list of headers that must be understood', 'rejected', bearer({}, { crit: [] })],
  [
    'claims that are not in base64',
    'rejected',
    (by) => unsigned({ alg: by.algorithm, b64: false, crit: ['b64'] }, 'AA'),
  ],
  ['an encrypted token', 'rejected', () => `Bearer ${encoded({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`],
  // Claims that are none
  ['claims that are a list', 'rejected', (by) => `Bearer ${by.signText('[]')}`],
  ['claims that are null', 'rejected', (by) => `Bearer ${by.signText('null')}`],
  ['claims that are no JSON', 'rejected', (by) => `Bearer ${by.signText('{"sub": ')}`],
  ['claims that hold half a character', 'rejected', bearer({ sub: 'a\ud800' })],
  // Garbage
  ['an empty header', 'rejected', () => ['']],
  ['the word alone', 'rejected', () => 'Bearer'],
  ['the word and blanks', 'rejected', () => 'Bearer   '],
  ['a word', 'rejected', () => 'Bearer nonsense'],
  ['two dots', 'rejected', () => 'Bearer ..'],
  ['noise', 'rejected', () => `Bearer ${randomBytes(200).toString('base64url')}`],
  [
    'noise in three parts',
    'rejected',
    () => `Bearer ${[1, 2, 3].map(() => randomBytes(60).toString('base64url')).join('.')}`,
  ],
  ['the token alone', 'rejected', (by) => by.sign()],
  ['a password', 'rejected', () => 'Basic YTpi'],
  ['a colon after the word', 'rejected', (by) => `Bearer: ${by.sign()}`],
  ['two tokens in one header', 'rejected', (by) => `Bearer ${by.sign()}, Bearer ${by.sign()}`],
  ['two headers', 'rejected', (by) => [`Bearer ${by.sign()}`, `Bearer ${by.sign({ sub: 'bob' })}`]],
  ['two headers, the second nonsense', 'rejected', (by) => [`Bearer ${by.sign()}`, 'Bearer nonsense']],
  ['two headers, the first empty', 'rejected', (by) => ['', `Bearer ${by.sign()}`]],
  ['a token of 12,000 characters', 'rejected', bearer({ padding: 'x'.repeat(9_000) })],
];
