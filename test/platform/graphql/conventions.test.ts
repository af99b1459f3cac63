/** The conventions of the schema, which frontends and those who add to it rely on. */
import { expect, test } from '@jest/globals';
import { type GraphQLField, type GraphQLOutputType, getNamedType, isInputObjectType, isObjectType } from 'graphql';
import { buildGraphQLSchema } from '../../../src/api/schema.js';

// Their arguments and answers are promised as they are.
const FIXED = ['cancelOrder', 'createCheckoutSession'];

const schema = await buildGraphQLSchema();
const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
const capitalized = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

/** `input: XInput!`, or the id of one thing. */
function takesOneInput({ name, args }: GraphQLField<unknown, unknown>): boolean {
  const [argument, ...others] = args;
  if (!argument || others.length > 0) return false;
  const isInput = argument.name === 'input' && String(argument.type) === `${capitalized(name)}Input!`;
  return isInput || (/^id$|Id$/.test(argument.name) && String(argument.type) === 'ID!');
}

test.each(mutations.filter(({ name }) => !FIXED.includes(name)).map((field) => [field.name, field] as const))(
  '%s takes one input, or one id, and answers with a payload of its own',
  (name, field) => {
    expect(takesOneInput(field)).toBe(true);
    expect(String(field.type)).toBe(`${capitalized(name)}Payload!`);
  },
);

test('Amounts of money are Money in answers and SafeInt in inputs', () => {
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) || isInputObjectType(type));
  const amounts = types
    .filter(({ name }) => name !== 'Money')
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
    .filter(({ field }) => /price|amount|total|^deposit$/i.test(field.name))
    // A deposit as it is held, which has amounts.
    .filter(({ field }) => String(getNamedType(field.type as GraphQLOutputType)) !== 'Deposit')
    .map(({ type, field }) => [isInputObjectType(type), String(getNamedType(field.type as GraphQLOutputType))]);
  expect(amounts.length).toBeGreaterThan(10);
  for (const [isInput, name] of amounts) expect(name).toBe(isInput ? 'SafeInt' : 'Money');
});
