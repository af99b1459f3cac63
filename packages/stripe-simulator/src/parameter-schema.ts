/** The vocabulary in which a resource declares its request parameters, checked against the SDK's parameter types. */
import type Stripe from 'stripe';
import type { StripeApiError } from './errors.js';

interface Requirable {
  required?: boolean;
}

export interface TextSchema extends Requirable {
  kind: 'text';
  maximumLength?: number;
  /** Updates may unset it: the empty value then arrives as the empty text. */
  unsettable?: boolean;
  /** Throws, or returns the error of, a text that is not what the parameter wants. */
  check?: (value: string, param: string) => StripeApiError | null;
}

export interface EnumerationSchema extends Requirable {
  kind: 'enumeration';
  values: Record<string, true | 'not_implemented'>;
}

export interface IntegerSchema extends Requirable {
  kind: 'integer';
  minimum?: number;
  maximum?: number;
}

export interface BooleanSchema extends Requirable {
  kind: 'boolean';
  /** What the simulator would have to do for `true`, and does not yet. */
  trueIsNotImplemented?: boolean;
}

export interface ListSchema<Item> extends Requirable {
  kind: 'list';
  items: ParameterSchema<Item>;
  maximumItems?: number;
}

export interface ObjectSchema<Parameters> extends Requirable {
  kind: 'object';
  fields: ParameterFields<Parameters>;
  /** Updates may unset it: the empty value then arrives as null. */
  unsettable?: boolean;
}

/** Up to 50 keys of 40 characters without brackets, values of 500 characters. */
export interface MetadataSchema extends Requirable {
  kind: 'metadata';
  /** An update: empty values stay, since `mergeMetadata` removes what they name. */
  isUpdate?: boolean;
}

/** `created=1` or `created[gte]=1`. */
export interface RangeSchema extends Requirable {
  kind: 'range';
}

/** Changes nothing the simulator shows, so it is taken and dropped. */
export interface IgnoredSchema extends Requirable {
  kind: 'ignored';
}

/** Stripe knows it and it would change the outcome, so it is rejected in plain words. */
export interface NotImplementedSchema extends Requirable {
  kind: 'not_implemented';
}

/** Fails with its own error: for parameters that Stripe itself took away. */
export interface RemovedParameter {
  code: string;
  message: string;
}

/** Null and the empty string unset a field on the wire; a resource receives that where its schema says so. */
type Given<Value> = Exclude<Value, null | undefined | ''>;

/** The named members of one of the SDK's open enums, without the `OtherString` that keeps it open. */
export type KnownValue<Value> = Value extends string ? (string extends Value ? never : Value) : never;

type TextOrEnumeration<Value extends string> = [KnownValue<Value>] extends [never]
  ? TextSchema
  : EnumerationSchema & { values: Record<KnownValue<Value>, true | 'not_implemented'> };

type SchemaOfGiven<Value> = [Value] extends [boolean]
  ? BooleanSchema
  : [Value] extends [number]
    ? IntegerSchema
    : [Value] extends [string]
      ? TextOrEnumeration<Value>
      : [Value] extends [Array<infer Item>]
        ? ListSchema<Item>
        : [number | Stripe.RangeQueryParam] extends [Value]
          ? RangeSchema
          : string extends keyof Value
            ? MetadataSchema
            : ObjectSchema<Value>;

/** The schemas that may stand for a parameter of the SDK type `Value`. */
export type ParameterSchema<Value> = SchemaOfGiven<Given<Value>> | IgnoredSchema | NotImplementedSchema;

/** One schema for each parameter of the SDK's type: a parameter that the SDK gains or loses fails to compile here. */
export type ParameterFields<Parameters> = { [Name in keyof Parameters]-?: ParameterSchema<Parameters[Name]> };

/** An object that the wire may unset. */
type Unset<Value> = '' extends Value
  ? [Given<Value>] extends [object]
    ? Given<Value> extends unknown[]
      ? never
      : string extends keyof Given<Value>
        ? never
        : null
    : never
  : never;

/** What a resource gets: the SDK's type with wire values decoded, nulls gone and metadata as it is stored. */
export type Parsed<Value> = Value extends string | number | boolean | undefined
  ? Value
  : Value extends Array<infer Item>
    ? Parsed<Item>[]
    : string extends keyof Value
      ? Stripe.Metadata
      : { [Name in keyof Value]: Parsed<Exclude<Value[Name], null | ''>> | Unset<Value[Name]> };

export const text = (options: Omit<TextSchema, 'kind'> = {}): TextSchema => ({ kind: 'text', ...options });

export const integer = (options: Omit<IntegerSchema, 'kind'> = {}): IntegerSchema => ({ kind: 'integer', ...options });

export const boolean = (): BooleanSchema => ({ kind: 'boolean' });

/** A switch whose `true` the simulator cannot honour yet; `false` changes nothing and is fine. */
export const switchedOff = (): BooleanSchema => ({ kind: 'boolean', trueIsNotImplemented: true });

export const metadata = (): MetadataSchema => ({ kind: 'metadata' });

export const metadataUpdate = (): MetadataSchema => ({ kind: 'metadata', isUpdate: true });

export const range = (): RangeSchema => ({ kind: 'range' });

export const ignored = (): IgnoredSchema => ({ kind: 'ignored' });

export const notImplementedYet = (): NotImplementedSchema => ({ kind: 'not_implemented' });

/** Every member of the SDK's enum has to be named, so that a new one is a decision and not an oversight. */
export function enumeration<Values extends Record<string, true | 'not_implemented'>>(values: Values) {
  return { kind: 'enumeration' as const, values };
}

export function list<Item>(
  items: ParameterSchema<Item>,
  options: { maximumItems?: number; required?: boolean } = {},
): ListSchema<Item> {
  return { kind: 'list', items, ...options };
}

export function object<Parameters>(
  fields: ParameterFields<Parameters>,
  options: { required?: boolean; unsettable?: boolean } = {},
): ObjectSchema<Parameters> {
  return { kind: 'object', fields, ...options };
}

/** Parameters that every list takes. */
export const paginationFields: ParameterFields<Stripe.PaginationParams> = {
  ending_before: text(),
  limit: integer({ minimum: 1, maximum: 100 }),
  starting_after: text(),
};

export const expandField: ListSchema<string> = list<string>(text());
