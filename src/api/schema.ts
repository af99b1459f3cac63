/** The GraphQL schema, from the resolver classes. */
import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchema, type ContainerType } from 'type-graphql';
import { modules } from '../modules.js';
import type { AccessPolicy } from '../platform/graphql/access-policy.js';
import { dropEmptyTexts } from '../platform/graphql/empty-texts.js';
import { validateArgument } from '../platform/graphql/input-validation.js';
import { MoneyResolver } from '../platform/graphql/money.resolver.js';
import { rejectUnusableTexts } from '../platform/graphql/unusable-text.js';
import { guardSchema } from './access-guard.js';

/** Of what belongs to no module. */
const sharedAccess: AccessPolicy = { Money: 'anyone', PageInfo: 'anyone' };

const accessPolicy = joined([sharedAccess, ...modules.map(({ access = {} }) => access)]);

/** @throws Error when two of them decide about the same thing: the last would silently win */
function joined(policies: readonly AccessPolicy[]): AccessPolicy {
  const lines = policies.flatMap((policy) => Object.entries(policy));
  const policy = Object.fromEntries(lines);
  if (Object.keys(policy).length < lines.length) {
    const names = lines.map(([name]) => name);
    const twice = names.filter((name, index) => names.indexOf(name) < index);
    throw new Error(`The access policy has two lines for ${twice.join(', ')}.`);
  }
  return policy;
}

/**
 * Builds the schema, guarded by the access policy.
 *
 * @param instances the resolvers that need services, built by the composition root; the others are made
 *   here. Without any, the schema can be printed but not executed.
 */
export async function buildGraphQLSchema(instances: readonly object[] = []): Promise<GraphQLSchema> {
  const byClass = new Map(instances.map((instance) => [instance.constructor, instance]));
  const container: ContainerType = {
    get: (resolverClass) => byClass.get(resolverClass) ?? new resolverClass(),
  };
  const [first = MoneyResolver, ...others] = modules.flatMap(({ resolvers = [] }) => resolvers);
  const schema = await buildSchema({
    resolvers: [first, ...others, MoneyResolver],
    container,
    validateFn: validateArgument,
    // Asks the schema for all of itself. What is wrong with it is found by Apollo, which checks it at its start.
    skipCheck: true,
  });
  rejectUnusableTexts(schema);
  guardSchema(schema, accessPolicy);
  dropEmptyTexts(schema);
  return schema;
}
