/** Relay connections: how every list is paged. */
import { Field, ObjectType } from 'type-graphql';
import type { Page } from '../kernel/page.js';

@ObjectType('PageInfo', { description: 'Where a page lies in its list.' })
export class PageInfoType {
  @Field(() => Boolean, { description: 'Whether more items follow.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether the page was reached by a cursor, so that items come before it.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first item; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last item: `after` of the next page.' })
  endCursor!: string | null;
}

interface Edge<Item> {
  node: Item;
  cursor: string;
}

export interface Connection<Item> {
  edges: Edge<Item>[];
  nodes: Item[];
  pageInfo: PageInfoType;
}

/** The connection type of a node type, with its edge type: `OrderConnection` and `OrderEdge` for `Order`. */
export function connectionTypeOf<Item extends object>(name: string, nodeType: () => abstract new () => Item) {
  @ObjectType(`${name}Edge`, { description: `One item of a ${name}Connection.` })
  class EdgeType implements Edge<Item> {
    @Field(() => nodeType(), { description: 'The item.' })
    node!: Item;

    @Field(() => String, { description: 'Opaque position of the item in the list.' })
    cursor!: string;
  }

  @ObjectType(`${name}Connection`, { description: `One page of a list of ${name} items.` })
  class ConnectionType implements Connection<Item> {
    @Field(() => [EdgeType], { description: 'The items with their cursors.' })
    edges!: EdgeType[];

    @Field(() => [nodeType()], { description: 'The items alone.' })
    nodes!: Item[];

    @Field(() => PageInfoType, { description: 'Where the page lies in the list.' })
    pageInfo!: PageInfoType;
  }
  return ConnectionType;
}

export function toConnection<Item>({ items, hasNextPage, hasPreviousPage, cursorOf }: Page<Item>): Connection<Item> {
  const edges = items.map((node) => ({ node, cursor: cursorOf(node) }));
  return {
    edges,
    nodes: items,
    pageInfo: {
      hasNextPage,
      hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
