/** What attackers, broken clients and bad luck send: values, and changes that make good input bad. */
import fc from 'fast-check';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    'a\u0000b',
    '\ud800',
    '\udc00a',
    '\ufeff',
    '\u202egnp.exe',
    '\r\nSet-Cookie: a=b',
    "'; drop table orders; --",
    '" or ""="',
    '\\',
    '%',
    '%_%',
    '\\%',
    '{0}',
    '{}',
    '[]',
    '[null]',
    'null',
    'undefined',
    'NaN',
    'Infinity',
    '-0',
    '1e309',
    '9223372036854775808',
    '-9223372036854775809',
    '99999999999999999999999999',
    '0x10',
    '1.5',
    ' 1',
    '٣',
    '__proto__',
    'constructor',
    'toString',
    'ﬀ'.repeat(100),
    '👩‍👩‍👧‍👦'.repeat(40),
    'é'.repeat(255),
    'x'.repeat(256),
    'x'.repeat(4_097),
    'x'.repeat(10_000),
    '<script>alert(1)</script>',
    '../../etc/passwd',
    '0000-00-00',
    '2027-02-30',
    '9999-12-31',
    '0001-01-01',
    '+275760-09-13',
    '-000001-01-01',
    '2027-01-01T00:00:00Z',
    'https://evil.example/',
    '//evil.example',
    '00000000-0000-0000-0000-000000000000',
    'W10',
    'W251bGwsbnVsbF0',
    'WyJcdTAwMDAiLDFd',
    'WzFlMzA5LDFd',
    'WyIyMDI3LTAxLTAxIiwiXHVkODAwIl0',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  // Cursors and the like: well formed outside, anything inside.
  fc.json({ maxDepth: 2 }).map((json) => Buffer.from(json).toString('base64url')),
  fc
    .array(fc.oneof(fc.string({ maxLength: 8 }), fc.double(), fc.constantFrom(null, true)), { maxLength: 3 })
    .map((key) => Buffer.from(JSON.stringify(key)).toString('base64url')),
  fc.uuid(),
);

const hostileNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    -1,
    1.5,
    0.1,
    101,
    366,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31),
    -(2 ** 31) - 1,
    2 ** 53,
    1e21,
    1e308,
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

export const hostileJson: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, [], {}, [[]], [null], { __proto__: null }, { length: 1 }, { toString: 'x' }),
  hostileText,
  hostileNumber,
  fc.jsonValue({ maxDepth: 3 }).map((value) => value as Json),
);

/** JSON that is cheap to send and may be dear to read: brackets within brackets, around numbers, closed or not. */
export const nestedBody: fc.Arbitrary<string> = fc
  .record({
    open: fc.constantFrom('[', '{"a":', '[{"a":', '[[],', '{"a":1,"b":'),
    depth: fc.integer({ min: 10, max: 20_000 }),
    numbers: fc.integer({ min: 1, max: 20_000 }),
    isClosed: fc.boolean(),
  })
  .map(({ open, depth, numbers, isClosed }) => {
    const close = [...open].map((bracket) => ({ '[': ']', '{': '}' })[bracket] ?? '').reverse();
    const end = open === '[[],' ? ']' : close.join('');
    return `${open.repeat(depth)}[${'1,'.repeat(numbers)}1]${isClosed ? end.repeat(depth) : ''}`;
  });

/** One change to a value, at a place that is chosen when the value is known. */
export interface Change {
  place: number;
  how: 'alike' | 'anything' | 'remove' | 'wrap' | 'repeat';
  text: string;
  number: number;
  anything: Json;
}

const change: fc.Arbitrary<Change> = fc.record({
  // Without the library's preference for small numbers, which would replace the whole value most of the time.
  place: fc.noBias(fc.nat({ max: 9_999 })),
  how: fc.oneof(
    { weight: 8, arbitrary: fc.constant('alike' as const) },
    { weight: 2, arbitrary: fc.constantFrom('anything' as const, 'remove' as const) },
    { weight: 1, arbitrary: fc.constantFrom('wrap' as const, 'repeat' as const) },
  ),
  text: hostileText,
  number: hostileNumber,
  anything: hostileJson,
});

/** Often one change or none, so that what comes after the first check is reached too. */
export const changes: fc.Arbitrary<Change[]> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Change[]>([]) },
  { weight: 5, arbitrary: fc.array(change, { minLength: 1, maxLength: 1 }) },
  { weight: 2, arbitrary: fc.array(change, { minLength: 2, maxLength: 5 }) },
);

const REPETITIONS = 60;
const WHOLE_ONCE_IN = 50;

/** A copy with the changes made. */
export function changed(value: Json, list: readonly Change[]): Json {
  return list.reduce<Json>((current, next) => changeOnce(structuredClone(current), next), value);
}

function changeOnce(root: Json, next: Change): Json {
  const places = placesIn({ root });
  // Seldom the whole: all that is in it would go untouched.
  const place = next.place % WHOLE_ONCE_IN === 0 ? places[0] : places[1 + (next.place % (places.length - 1))];
  if (place === undefined) return root;
  const { parent, name } = place;
  if (next.how === 'remove' && parent !== places[0]?.parent) delete parent[name];
  else parent[name] = replacement(parent[name] ?? null, next);
  return places[0]?.parent.root ?? null;
}

function replacement(value: Json, { how, text, number, anything }: Change): Json {
  if (how === 'wrap') return [value];
  if (how === 'repeat') return Array.from({ length: REPETITIONS }, () => structuredClone(value));
  if (how === 'alike' && typeof value === 'string') return text;
  if (how === 'alike' && typeof value === 'number') return number;
  return anything;
}

interface Place {
  parent: { [name: string]: Json };
  name: string;
}

/** Every member of an object and of all that it holds, from the outside in. */
function placesIn(value: { [name: string]: Json }): Place[] {
  return Object.entries(value).flatMap(([name, member]) => [
    { parent: value, name },
    ...(typeof member === 'object' && member !== null ? placesIn(member as { [name: string]: Json }) : []),
  ]);
}
