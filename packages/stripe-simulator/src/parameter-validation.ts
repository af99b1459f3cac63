/** Checks a parsed form against a parameter schema and decodes it, with Stripe's messages for what is wrong. */
import type Stripe from 'stripe';
import { invalidParameter, notImplemented } from './errors.js';
import { type FormFields, type FormValue, isArrayLike } from './form-encoding.js';
import type {
  BooleanSchema,
  EnumerationSchema,
  IgnoredSchema,
  IntegerSchema,
  MetadataSchema,
  NotImplementedSchema,
  ParameterFields,
  Parsed,
  RangeSchema,
  RemovedParameter,
  TextSchema,
} from './parameter-schema.js';

/** The schemas as the walk sees them: what they were checked against is forgotten, what they hold is not. */
type AnySchema =
  | TextSchema
  | EnumerationSchema
  | IntegerSchema
  | BooleanSchema
  | MetadataSchema
  | RangeSchema
  | IgnoredSchema
  | NotImplementedSchema
  | { kind: 'list'; items: AnySchema; maximumItems?: number; required?: boolean }
  | { kind: 'object'; fields: AnyFields; required?: boolean; unsettable?: boolean };

interface AnyFields {
  [name: string]: AnySchema;
}

const METADATA_KEYS_MAXIMUM = 50;
const METADATA_KEY_LENGTH_MAXIMUM = 40;
const METADATA_VALUE_LENGTH_MAXIMUM = 500;
const RANGE_BOUNDS = ['gt', 'gte', 'lt', 'lte'] as const;

/**
 * The parameters of a request, decoded. Throws Stripe's 400 for the first one that is wrong.
 *
 * The assertion at its end is the one place where the untyped wire becomes the SDK's type; `ParameterFields` ties the
 * schema to that type.
 */
export function validateParameters<Parameters>(
  form: FormFields,
  fields: ParameterFields<Parameters>,
  removed: Record<string, RemovedParameter> = {},
): Parsed<Parameters> {
  for (const [name, { code, message }] of Object.entries(removed)) {
    if (form.has(name)) throw invalidParameter(message, name, code);
  }
  return validateFields(form, fields as AnyFields, '') as Parsed<Parameters>;
}

function validateFields(form: FormFields, fields: AnyFields, parent: string): Record<string, unknown> {
  rejectUnknown(form, fields, parent);
  const decoded: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(fields)) {
    const param = childName(parent, name);
    const value = form.get(name);
    if (value === undefined) {
      if (schema.required === true)
        throw invalidParameter(`Missing required param: ${param}.`, param, 'parameter_missing');
    } else if (schema.kind === 'object' && value === null) {
      // An empty object unsets, which on creation leaves nothing.
      if (schema.unsettable === true) decoded[name] = null;
    } else if (schema.kind !== 'ignored') {
      decoded[name] = validateValue(value, schema, param);
    }
  }
  return decoded;
}

function rejectUnknown(form: FormFields, fields: AnyFields, parent: string): void {
  const unknown = [...form.keys()]
    .filter((name) => !Object.hasOwn(fields, name))
    .map((name) => childName(parent, name));
  const [first] = unknown;
  if (first === undefined) return;
  const noun = unknown.length === 1 ? 'parameter' : 'parameters';
  throw invalidParameter(`Received unknown ${noun}: ${unknown.join(', ')}`, first, 'parameter_unknown');
}

function validateValue(value: FormValue, schema: AnySchema, param: string): unknown {
  switch (schema.kind) {
    case 'not_implemented':
      throw notImplemented(param, `\`${param}\``);
    case 'object':
      return validateFields(expectFields(value, param, 'object'), schema.fields, param);
    case 'list':
      return validateList(expectFields(value, param, 'array'), schema, param);
    case 'metadata':
      return validateMetadata(value, schema, param);
    case 'range':
      return validateRange(value, param);
    case 'ignored':
      return undefined;
    case 'text':
      if (value === null && schema.unsettable === true) return '';
      return validateText(expectText(value, param), schema, param);
    default:
      return validateScalar(expectText(value, param), schema, param);
  }
}

function validateScalar(
  value: string,
  schema: EnumerationSchema | IntegerSchema | BooleanSchema,
  param: string,
): string | number | boolean {
  switch (schema.kind) {
    case 'enumeration':
      return validateEnumeration(value, schema, param);
    case 'integer':
      return validateInteger(value, schema, param);
    case 'boolean':
      return validateBoolean(value, schema, param);
  }
}

function validateText(value: string, schema: TextSchema, param: string): string {
  const { maximumLength, check } = schema;
  // Stripe counts characters, not UTF-16 units: an emoji is one.
  if (maximumLength !== undefined && value.length > maximumLength && [...value].length > maximumLength) {
    const shown = `${value.slice(0, 10)}…${value.slice(-10)}`;
    throw invalidParameter(`Invalid string: ${shown}; must be at most ${maximumLength} characters`, param);
  }
  const error = check?.(value, param) ?? null;
  if (error !== null) throw error;
  return value;
}

function validateEnumeration(value: string, schema: EnumerationSchema, param: string): string {
  const known = Object.hasOwn(schema.values, value) ? schema.values[value] : undefined;
  if (known === 'not_implemented') throw notImplemented(param, `\`${param}=${value}\``);
  if (known === true) return value;
  const names = Object.keys(schema.values);
  const choices = names.length < 2 ? names.join('') : `one of ${names.slice(0, -1).join(', ')}, or ${names.at(-1)}`;
  throw invalidParameter(`Invalid ${param}: must be ${choices}`, param);
}

function validateInteger(value: string, schema: IntegerSchema, param: string): number {
  const number = Number(value);
  if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(number)) {
    throw invalidParameter(`Invalid integer: ${value}`, param, 'parameter_invalid_integer');
  }
  const { minimum, maximum } = schema;
  if (minimum !== undefined && number < minimum) {
    const message = `This value must be greater than or equal to ${minimum}.`;
    throw invalidParameter(message, param, 'parameter_invalid_integer');
  }
  if (maximum !== undefined && number > maximum) {
    const message = `This value must be less than or equal to ${maximum}.`;
    throw invalidParameter(message, param, 'parameter_invalid_integer');
  }
  return number;
}

function validateBoolean(value: string, schema: BooleanSchema, param: string): boolean {
  if (value !== 'true' && value !== 'false') throw invalidParameter(`Invalid boolean: ${value}`, param);
  if (value === 'true' && schema.trueIsNotImplemented === true) throw notImplemented(param, `\`${param}=true\``);
  return value === 'true';
}

function validateList(
  items: FormFields,
  schema: { items: AnySchema; maximumItems?: number },
  param: string,
): unknown[] {
  if (!isArrayLike(items)) throw invalidParameter('Invalid array', param);
  if (schema.maximumItems !== undefined && items.size > schema.maximumItems) {
    const message = `\`${param}\` can have at most ${schema.maximumItems} items, but you passed in ${items.size}.`;
    throw invalidParameter(message, param);
  }
  const inOrder = [...items].sort(([left], [right]) => Number(left) - Number(right));
  return inOrder.map(([index, item]) => validateValue(item, schema.items, childName(param, index)));
}

function validateMetadata(value: FormValue, { isUpdate }: MetadataSchema, param: string): Stripe.Metadata {
  // `metadata=` and `metadata[key]=` unset, which on creation leaves nothing.
  if (value === null) return {};
  const entries = [...expectFields(value, param, 'object')];
  checkMetadataSize(entries.length, param);
  const given: [string, string][] = [];
  for (const [key, entry] of entries) {
    if (entry !== null) given.push([key, validateMetadataEntry(key, entry, param)]);
    else if (isUpdate === true) given.push([key, '']);
  }
  return Object.fromEntries(given);
}

/**
 * The metadata after an update, by Stripe's rules: keys that are not named stay, an empty value removes its key, and
 * `metadata=`, which arrives without any key, removes them all.
 */
export function mergeMetadata(current: Stripe.Metadata, update: Stripe.Metadata | undefined): Stripe.Metadata {
  if (update === undefined) return current;
  const entries = Object.entries(update);
  if (entries.length === 0) return {};
  const kept = Object.entries({ ...current, ...update }).filter(([, value]) => value !== '');
  checkMetadataSize(kept.length, 'metadata');
  return Object.fromEntries(kept);
}

function checkMetadataSize(keys: number, param: string): void {
  if (keys <= METADATA_KEYS_MAXIMUM) return;
  const message = `Metadata can have up to ${METADATA_KEYS_MAXIMUM} keys, but you passed in ${keys} keys.`;
  throw invalidParameter(message, param);
}

/** A key with brackets reaches us as a nested object, which is the same mistake seen from the other side. */
function validateMetadataEntry(key: string, value: string | FormFields, param: string): string {
  if (typeof value !== 'string') {
    throw invalidParameter(
      'Metadata keys cannot contain square brackets, and values must be strings.',
      `${param}[${key}]`,
    );
  }
  const keyLength = [...key].length;
  if (keyLength > METADATA_KEY_LENGTH_MAXIMUM) {
    const limit = `Metadata keys can have up to ${METADATA_KEY_LENGTH_MAXIMUM} characters`;
    throw invalidParameter(
      `${limit}, but you passed in a key that is ${keyLength} characters. Invalid key: ${key}`,
      param,
    );
  }
  const valueLength = [...value].length;
  if (valueLength > METADATA_VALUE_LENGTH_MAXIMUM) {
    const limit = `Metadata values can have up to ${METADATA_VALUE_LENGTH_MAXIMUM} characters`;
    const message = `${limit}, but you passed in a value that is ${valueLength} characters. Invalid value: ${value}`;
    throw invalidParameter(message, `${param}[${key}]`);
  }
  return value;
}

function validateRange(value: FormValue, param: string): number | Stripe.RangeQueryParam {
  if (!(value instanceof Map)) return validateInteger(expectText(value, param), { kind: 'integer' }, param);
  const bounds: AnyFields = Object.fromEntries(RANGE_BOUNDS.map((bound) => [bound, { kind: 'integer' }]));
  return validateFields(value, bounds, param);
}

function expectText(value: FormValue, param: string): string {
  if (value === null) {
    const message =
      `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a field; however ` +
      `'${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`;
    throw invalidParameter(message, param, 'parameter_invalid_empty');
  }
  if (value instanceof Map) throw invalidParameter(`Invalid string: the value of ${param} is not a string`, param);
  return value;
}

/** An empty value is an empty array, or an object without fields. */
function expectFields(value: FormValue, param: string, expected: 'object' | 'array'): FormFields {
  if (value === null) return new Map();
  if (!(value instanceof Map)) throw invalidParameter(`Invalid ${expected}`, param);
  return value;
}

function childName(parent: string, name: string): string {
  return parent === '' ? name : `${parent}[${name}]`;
}
