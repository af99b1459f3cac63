/** Where the value of a variable goes in, named as in every error: by the path from the field's input. */
import { type DocumentNode, Kind, parse, type Source, type ValueNode, visit } from 'graphql';

/** A place in the arguments of a field. */
interface Place {
  path: string;
  /** Whether it is an argument as a whole: an input object there is named by its fields alone. */
  isArgument: boolean;
}

// One request may have fifty errors.
const parsed = new WeakMap<Source, DocumentNode>();

/** The document of an error, which has been parsed before. */
export function documentOf(source: Source): DocumentNode {
  const document = parsed.get(source) ?? parse(source);
  parsed.set(source, document);
  return document;
}

/**
 * The paths of a part of a variable, such as `items[0].quantity`, at each place where a field is given the variable; its
 * name where none is.
 *
 * @param part from the variable on, such as `.items[0].quantity` or `[0].quantity`; empty for all of it
 */
export function inputPaths(document: DocumentNode, variable: string, part = ''): string[] {
  const paths = placesOf(document, variable).map(({ path, isArgument }) =>
    isArgument && part.startsWith('.') ? part.slice(1) : `${path}${part}`,
  );
  return paths.length > 0 ? [...new Set(paths)] : [variable];
}

function placesOf(document: DocumentNode, variable: string): Place[] {
  const places: Place[] = [];
  visit(document, {
    Directive: () => false,
    Argument({ name, value }) {
      collect(value, name.value, true);
    },
  });
  return places;

  function collect(value: ValueNode, path: string, isArgument: boolean): void {
    if (value.kind === Kind.VARIABLE && value.name.value === variable) places.push({ path, isArgument });
    if (value.kind === Kind.LIST) {
      for (const [index, item] of value.values.entries()) collect(item, `${path}[${index}]`, false);
    }
    if (value.kind === Kind.OBJECT) {
      for (const { name, value: member } of value.fields) {
        collect(member, isArgument ? name.value : `${path}.${name.value}`, false);
      }
    }
  }
}
