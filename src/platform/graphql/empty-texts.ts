/** Treats optional texts that are empty as absent, in every argument of every field: forms send empty fields. */
import {
  defaultFieldResolver,
  type GraphQLArgument,
  GraphQLID,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  GraphQLString,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { isEmpty } from '../kernel/plain-text.js';

type Values = Record<string, unknown>;
type Input = GraphQLArgument | GraphQLInputField;

/** Before access checks and limits, which are not about absent arguments. */
export function dropEmptyTexts(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) {
      if (!field.args.some((argument) => holdsOptionalText(argument))) continue;
      const resolve = field.resolve ?? defaultFieldResolver;
      field.resolve = (source, args, context, info) => resolve(source, present(args, field.args), context, info);
    }
  }
}

function holdsOptionalText(input: Input): boolean {
  if (isOptionalText(input)) return true;
  const type = getNamedType(input.type);
  return isInputObjectType(type) && Object.values(type.getFields()).some((part) => holdsOptionalText(part));
}

/** An empty description is one: the field says so itself. */
function isOptionalText({ type, extensions }: Input): boolean {
  return (type === GraphQLString || type === GraphQLID) && extensions.emptyIsValue !== true;
}

function present(values: Values, inputs: readonly Input[]): Values {
  const kept = inputs.flatMap((input): [string, unknown][] => {
    const value = values[input.name];
    if (value === undefined) return [];
    if (typeof value === 'string' && isOptionalText(input) && isEmpty(value)) return [];
    return [[input.name, presentIn(value, input.type)]];
  });
  return Object.fromEntries(kept);
}

function presentIn(value: unknown, type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return presentIn(value, type.ofType);
  if (isListType(type)) return Array.isArray(value) ? value.map((item) => presentIn(item, type.ofType)) : value;
  if (!isInputObjectType(type) || value === null) return value;
  return present(value as Values, Object.values(type.getFields()));
}
