/** What an attacker sends to `/graphql` to keep it busy or to learn of it: all of it has to be rejected, at once. */

interface AbuseRequest {
  method: 'GET' | 'POST';
  /** After `/graphql`. */
  search?: string;
  headers: Record<string, string>;
  body?: string;
}

const times = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => part(i)).join(' ');
const nested = (depth: number, open: string, inner: string, close: string) =>
  open.repeat(depth) + inner + close.repeat(depth);
const CONFIG = 'paymentConfig { currency }';
const ORDER =
  'id number total { amount currency } lines { id name amount { amount } units { unitId label } } timeline { at to } refunds { id }';
const QUOTE = 'quote(items: [{ type: PRODUCT, id: "1" }]) { isAvailable }';

/** Documents, sent as any client sends them. */
const documents: [name: string, document: string][] = [
  ['selections 100 deep', nested(100, '{ nodes ', '{ id }', '}')],
  ['inline fragments 12 deep', `{ ${nested(12, '... on Query { ', CONFIG, '}')} }`],
  ['inline fragments 200 deep', `{ ${nested(200, '... on Query { ', CONFIG, '}')} }`],
  [
    'fragments in a chain of 100',
    `{ ...F0 } ${times(100, (i) => `fragment F${i} on Query { ...F${i + 1} }`)} fragment F100 on Query { ${CONFIG} }`,
  ],
  [
    'fragments that double 20 times',
    `{ ...F0 } ${times(20, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} fragment F20 on Query { ${CONFIG} }`,
  ],
  [
    'fragments that double under other names',
    `{ ...F0 } ${times(12, (i) => `fragment F${i} on Query { a: __typename ...F${i + 1} b: __typename ...F${i + 1} }`)} fragment F12 on Query { ${CONFIG} }`,
  ],
  ['a fragment in itself', `{ ...F } fragment F on Query { ...F ${CONFIG} }`],
  ['fragments in a circle', '{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }'],
  ['300 fragments that nobody uses', `{ ${CONFIG} } ${times(300, (i) => `fragment F${i} on Query { __typename }`)}`],
  ['100 aliases', `{ ${times(100, (i) => `a${i}: ${CONFIG}`)} }`],
  ['four quotes at once', `{ ${times(4, (i) => `a${i}: ${QUOTE}`)} }`],
  ['600 aliases of __typename', `{ ${times(600, (i) => `a${i}: __typename`)} }`],
  [
    'aliases spread over fragments',
    `{ ${times(30, (i) => `...F${i}`)} } ${times(30, (i) => `fragment F${i} on Query { a${i}: ${CONFIG} }`)}`,
  ],
  ['1,500 fields of one name', `{ paymentConfig { ${times(1_500, () => 'currency')} } }`],
  [
    '400 fields to be merged, with fields to be merged',
    `{ ${times(400, () => 'paymentConfig { currency currency }')} }`,
  ],
  [
    'fields that cannot be merged, pair by pair',
    `{ ${times(120, (i) => `quote(items: [{ type: PRODUCT, id: "${i}" }]) { isAvailable }`)} }`,
  ],
  ['3,000 fields', `{ ${times(3_000, (i) => `a${i}: __typename`)} }`],
  ['100 directives on a field', `{ paymentConfig { currency ${times(100, () => '@include(if: true)')} } }`],
  ['a directive on each of 100 fields', `{ paymentConfig { ${times(100, () => 'currency @skip(if: false)')} } }`],
  ['500 directives that there are not', `{ paymentConfig { currency ${times(500, (i) => `@d${i}`)} } }`],
  ['introspection', '{ __schema { types { name fields { name args { name type { name } } } } } }'],
  ['introspection of one type', '{ __type(name: "Order") { fields { name } } }'],
  ['introspection in a circle', `{ __schema { types { ${nested(30, 'fields { type { ', 'name', '} }')} } } }`],
  ['introspection in a fragment', '{ ...F } fragment F on Query { __schema { queryType { name } } }'],
  ['300 operations', times(300, (i) => `query Q${i} { ${CONFIG} }`)],
  ['300 variables', `query (${times(300, (i) => `$v${i}: Int`)}) { ${CONFIG} }`],
  ['a variable of a list of lists of lists', `query ($v: ${nested(500, '[', 'Int', ']')}) { ${CONFIG} }`],
  ['a list 900 deep', `{ quote(items: ${nested(900, '[', '1', ']')}) { isAvailable } }`],
  ['an object 400 deep', `{ quote(items: ${nested(400, '{ a: ', '1', '}')}) { isAvailable } }`],
  ['900 items', `{ quote(items: [${times(900, () => '1')}]) { isAvailable } }`],
  ['a name of 90,000 letters', `{ ${'a'.repeat(90_000)} }`],
  ['an id of 90,000 letters', `{ catalogueItem(type: PRODUCT, id: "${'a'.repeat(90_000)}") { id } }`],
  ['a block text that does not end', `{ catalogueItem(id: """${'\n '.repeat(40_000)}`],
  ['45,000 opening braces', '{'.repeat(45_000)],
  ['45,000 opening brackets', `{ quote(items: ${'['.repeat(45_000)}`],
  ['90,000 commas', ','.repeat(90_000)],
  ['30,000 comments', '#\n'.repeat(30_000)],
  ['a NUL', '{ payment\u0000Config { currency } }'],
  ['a lone surrogate', '{ payment\ud800Config { currency } }'],
  ['a page of a million', '{ catalogue(first: 1000000) { nodes { id } } }'],
  [
    'every page of orders with all that is known of them',
    `{ orders(first: 100) { nodes { ${ORDER} } edges { node { ${ORDER} } } } }`,
  ],
  ['lines of the orders of lines', '{ orders { nodes { lines { order { lines { id } } } } } }'],
  [
    'lines of the orders of lines, in fragments',
    '{ orders { nodes { ...Order } } } fragment Order on Order { lines { order { ...Again } } } fragment Again on Order { lines { id } }',
  ],
  ['refunds of the orders of refunds', '{ orders { nodes { refunds { order { refunds { id } } } } } }'],
  ['300 misspelt fields', `{ ${times(300, (i) => `paymentConfi${i} { currency }`)} }`],
  ['300 misspelt types', `{ ${times(300, (i) => `... on Quer${i} { __typename }`)} }`],
  ['300 misspelt arguments', `{ catalogue(${times(300, (i) => `firs${i}: 1`)}) { nodes { id } } }`],
  ['a subscription', 'subscription { orders { id } }'],
  ['a deferred fragment', `{ ... @defer { ${CONFIG} } }`],
  ['a schema', 'type Query { hello: String }'],
];

const JSON_TYPE = { 'content-type': 'application/json' };
const PREFLIGHT = { 'apollo-require-preflight': 'true' };
const MUTATION = 'mutation { cancelOrder(orderId: "x") { id } }';
const asJson = (value: unknown): AbuseRequest => ({ method: 'POST', headers: JSON_TYPE, body: JSON.stringify(value) });
const asText = (body: string, type: string): AbuseRequest => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
});
const asGet = (search: string, headers = PREFLIGHT): AbuseRequest => ({ method: 'GET', headers, search });
const form = new URLSearchParams({ query: `{ ${CONFIG} }` }).toString();
const itemsOf = (items: unknown) => ({
  query: 'query ($items: [CheckoutItemInput!]!) { quote(items: $items) { isAvailable } }',
  variables: { items },
});

/** Requests that are wrong themselves, whatever the document. */
const requests: [name: string, request: AbuseRequest][] = [
  ['a batch of 100', asJson(Array.from({ length: 100 }, () => ({ query: `{ ${CONFIG} }` })))],
  ['a batch of one', asJson([{ query: `{ ${CONFIG} }` }])],
  ['an empty batch', asJson([])],
  ['a mutation by GET', asGet(`?query=${encodeURIComponent(MUTATION)}`)],
  [
    'a query by GET from a page of another site',
    asGet(`?query=${encodeURIComponent(`{ ${CONFIG} }`)}`, {} as typeof PREFLIGHT),
  ],
  [
    'two queries in one GET',
    asGet(`?query=${encodeURIComponent(`{ ${CONFIG} }`)}&query=%7Borders%7Bnodes%7Bid%7D%7D%7D`),
  ],
  ['text/plain, which asks no browser for leave', asText(JSON.stringify({ query: `{ ${CONFIG} }` }), 'text/plain')],
  ['a form', asText(form, 'application/x-www-form-urlencoded')],
  [
    'a form of several parts',
    asText(
      '--x\r\ncontent-disposition: form-data; name="query"\r\n\r\n{a}\r\n--x--',
      'multipart/form-data; boundary=x',
    ),
  ],
  ['GraphQL that is not in JSON', asText(`{ ${CONFIG} }`, 'application/graphql')],
  ['no JSON', asText('{"query":', 'application/json')],
  ['JSON 45,000 deep', asText(nested(45_000, '[', '', ']'), 'application/json')],
  [
    'variables 20,000 deep',
    asText(
      `{"query":"query($i:[CheckoutItemInput!]!){quote(items:$i){isAvailable}}","variables":{"i":${nested(20_000, '[', '', ']')}}}`,
      'application/json',
    ),
  ],
  ['20,000 items in a variable', asJson(itemsOf(Array.from({ length: 20_000 }, () => 1)))],
  ['a prototype for a body', asText('{"__proto__":{"query":"{paymentConfig{currency}}"}}', 'application/json')],
  ['a query that is a number', asJson({ query: 1 })],
  ['a query that is an object', asJson({ query: { toString: 'x' } })],
  ['no query', asJson({})],
  ['variables that are a text', asJson({ query: `{ ${CONFIG} }`, variables: 'x' })],
  ['an operation that the document does not have', asJson({ query: `query A { ${CONFIG} }`, operationName: 'B' })],
  [
    'a digest in place of a query',
    asJson({ extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } } }),
  ],
  [
    'a query to be kept under a digest',
    asJson({ query: `{ ${CONFIG} }`, extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } } }),
  ],
  ['two megabytes', asJson({ query: 'x'.repeat(2_000_000) })],
];

export const abuseRequests: readonly [name: string, request: AbuseRequest][] = [
  ...documents.map(([name, query]): [string, AbuseRequest] => [name, asJson({ query })]),
  ...requests,
];
