/** Puts the access policy in front of every resolver of a schema. */
import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isObjectType,
} from 'graphql';
import { isOwnerOrStaff, type Owned } from '../platform/auth/ownership.js';
import type { Access, AccessPolicy } from '../platform/graphql/access-policy.js';
import { type GraphQLContext, signedIn } from '../platform/graphql/context.js';
import { DomainError } from '../platform/kernel/domain-error.js';

type Field = GraphQLField<unknown, GraphQLContext>;

/** Everything that has to hold before a field is resolved. */
interface Demands {
  field: Access[];
  arguments: { path: string[]; access: Access }[];
  /** Whether the object that the field belongs to has an owner; queries and mutations belong to nothing. */
  ofObject: boolean;
}

/**
 * Guards each field as the policy has it, before its arguments are validated.
 *
 * @throws Error where the policy has no line for something, and where it names what the schema does not have
 */
export function guardSchema(schema: GraphQLSchema, policy: AccessPolicy): void {
  const undecided = new Set<string>();
  const unused = new Set(Object.keys(policy));
  const operations = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  for (const type of types.filter(({ name }) => !name.startsWith('__'))) {
    const ofObject = !operations.has(type);
    for (const field of Object.values(type.getFields())) {
      const place = `${type.name}.${field.name}`;
      const decisive = ofObject ? type.name : place;
      if (policy[decisive] === undefined) undecided.add(decisive);
      const lines = [...new Set([decisive, place])].filter((line) => policy[line] !== undefined);
      const argumentLines = Object.keys(policy).filter((line) => line.startsWith(`${place}(`) && names(line, field));
      for (const line of [...lines, ...argumentLines]) unused.delete(line);
      const accessOf = (line: string) => policy[line] as Access;
      guardField(field, {
        field: lines.map(accessOf),
        arguments: argumentLines.map((line) => ({ path: argumentPath(line), access: accessOf(line) })),
        ofObject,
      });
    }
  }
  if (undecided.size > 0) throw new Error(`The access policy has no line for ${[...undecided].join(', ')}.`);
  if (unused.size > 0) throw new Error(`The access policy names what is not there: ${[...unused].join(', ')}.`);
}

function argumentPath(line: string): string[] {
  return line.slice(line.indexOf('(') + 1, -1).split('.');
}

/** Whether the argument of the line, or the part of it, is one of the field's. */
function names(line: string, { args }: Field): boolean {
  const [name, part] = argumentPath(line);
  const argument = args.find((candidate) => candidate.name === name);
  if (!argument || part === undefined) return argument !== undefined;
  const type = getNamedType(argument.type);
  return isInputObjectType(type) && part in type.getFields();
}

function guardField(field: Field, demands: Demands): void {
  const stricter = demands.field.filter((access) => access !== 'anyone');
  if (stricter.length === 0 && demands.arguments.length === 0) return;
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = (source, args, context, info) => {
    for (const access of stricter) {
      if (access === 'staffElseNull' && !context.viewer?.isStaff) return null;
      demand(access, context);
      if (access === 'ownerOrStaff' && demands.ofObject) requireOwnerOrStaff(source, context);
    }
    for (const { path, access } of demands.arguments) if (valueAt(args, path)) demand(access, context);
    return resolve(source, args, context, info);
  };
}

function demand(access: Access, context: GraphQLContext): void {
  if (access === 'anyone') return;
  const viewer = signedIn(context);
  const forStaff = access === 'staff' || access === 'staffElseNull';
  if (forStaff && !viewer.isStaff) throw new DomainError('FORBIDDEN', 'This is for staff only.');
}

/** The last check: services filter by owner, so that reaching this is a bug, masked and logged as one. */
function requireOwnerOrStaff(source: unknown, context: GraphQLContext): void {
  if (isOwnerOrStaff(signedIn(context), source as Owned)) return;
  throw new Error('An order was about to be shown to a viewer who does not own it.');
}

function valueAt(args: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Record<string, unknown> | null | undefined)?.[name], args);
}
