/** Stripe's form encoding: bracketed keys into a tree, for bodies and query strings alike. */

/** The empty string is how the wire says null, so it arrives here as null. */
export type FormValue = string | null | FormFields;

/** A Map instead of an object, so that a key such as `__proto__` is a key like any other. */
export type FormFields = Map<string, FormValue>;

/** What a person or a test reads: the same tree with objects and arrays. */
export type PlainValue = string | null | PlainValue[] | { [key: string]: PlainValue };

/** Far deeper than any parameter of Stripe's. */
const DEEPEST_KEY = 20;

const BRACKETED_KEY = /^([^[\]]+)((?:\[[^[\]]*\])*)$/;

/** A repeated key wins over the earlier one, except `key[]=…`, which appends. */
export function parseForm(encoded: string): FormFields {
  const fields: FormFields = new Map();
  for (const [key, value] of new URLSearchParams(encoded)) {
    assign(fields, splitKey(key), value === '' ? null : value);
  }
  return fields;
}

/** The same parameters in any order have the same fingerprint; compared when an idempotency key comes again. */
export function canonicalForm(encoded: string): string {
  const pairs = [...new URLSearchParams(encoded)].map((pair) => JSON.stringify(pair));
  return pairs.sort().join('\n');
}

export function toPlainObject(fields: FormFields): { [key: string]: PlainValue } {
  return Object.fromEntries([...fields].map(([key, value]) => [key, toPlainValue(value)]));
}

/** Arrays are written `key[0]`, `key[1]`; any other key makes it an object. */
export function isArrayLike(fields: FormFields): boolean {
  return [...fields.keys()].every((key) => /^\d+$/.test(key));
}

/** A key that is not well formed is kept whole: it then fails as the unknown parameter it is. */
function splitKey(key: string): string[] {
  const match = BRACKETED_KEY.exec(key);
  if (match === null) return [key];
  const [, head = '', brackets = ''] = match;
  const segments = brackets === '' ? [head] : [head, ...brackets.slice(1, -1).split('][')];
  return segments.length > DEEPEST_KEY ? [key] : segments;
}

function assign(fields: FormFields, path: string[], value: string | null): void {
  const [head = '', ...rest] = path;
  const key = head === '' ? String(fields.size) : head;
  if (rest.length === 0) {
    fields.set(key, value);
    return;
  }
  const existing = fields.get(key);
  const child: FormFields = existing instanceof Map ? existing : new Map();
  fields.set(key, child);
  assign(child, rest, value);
}

function toPlainValue(value: FormValue): PlainValue {
  if (!(value instanceof Map)) return value;
  return isArrayLike(value) ? [...value.values()].map(toPlainValue) : toPlainObject(value);
}
