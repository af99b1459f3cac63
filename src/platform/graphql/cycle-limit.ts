/**
 * Objects link to each other, so a document can go in circles: an order, its lines, their order, its lines. Each list on
 * the way multiplies what is read. So a document that has come back to a type asks for no more lists there.
 */
import {
  type ASTVisitor,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/** The types on the way to a selection, and whether one of them came twice. */
interface Way {
  types: ReadonlySet<string>;
  isCircle: boolean;
}

/** @param report is told once of each operation that goes too far */
export function noListsInCircles(report: (context: ValidationContext) => void) {
  return (context: ValidationContext): ASTVisitor => ({
    OperationDefinition({ operation, selectionSet }) {
      const root = context.getSchema().getRootType(operation);
      if (root && new Walk(context).findsListIn(selectionSet, root, { types: new Set(), isCircle: false })) {
        report(context);
      }
      return false;
    },
  });
}

class Walk {
  // Fragments may name each other, and be named a thousand times: each is entered once from the same place.
  private readonly entered = new Set<string>();

  constructor(private readonly context: ValidationContext) {}

  findsListIn(selections: SelectionSetNode, parent: GraphQLNamedType, way: Way): boolean {
    return selections.selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return this.findsListOf(selection, parent, way);
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        return this.findsListOn(selection.typeCondition?.name.value, selection.selectionSet, parent, way);
      }
      const fragment = this.context.getFragment(selection.name.value);
      const place = [selection.name.value, way.isCircle, ...way.types].join(' ');
      if (!fragment || this.entered.has(place)) return false;
      this.entered.add(place);
      return this.findsListOn(fragment.typeCondition.name.value, fragment.selectionSet, parent, way);
    });
  }

  private findsListOf({ name, selectionSet }: FieldNode, parent: GraphQLNamedType, way: Way): boolean {
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name.value] : undefined;
    const type = field && getNamedType(field.type);
    if (!field || !selectionSet || !isCompositeType(type)) return false;
    if (way.isCircle && isList(field.type)) return true;
    const next = { types: new Set([...way.types, type.name]), isCircle: way.isCircle || way.types.has(type.name) };
    return this.findsListIn(selectionSet, type, next);
  }

  private findsListOn(
    condition: string | undefined,
    selections: SelectionSetNode,
    parent: GraphQLNamedType,
    way: Way,
  ): boolean {
    const type = (condition && this.context.getSchema().getType(condition)) || parent;
    return this.findsListIn(selections, type, { ...way, types: new Set([...way.types, type.name]) });
  }
}

function isList(type: GraphQLOutputType): boolean {
  return isNonNullType(type) ? isList(type.ofType) : isListType(type);
}
