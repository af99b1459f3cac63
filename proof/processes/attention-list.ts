/** The attention list of the API, for the checks of schedules. */
import type { AttentionList } from '../chaos/invariants/attention-checks.js';
import { ApiClient } from './api-client.js';
import type { Random } from './random.js';
import type { World } from './world.js';

const LIST = `query ($kind: AttentionKind, $first: Int, $after: String) {
  attention(kind: $kind, first: $first, after: $after) {
    nodes { since dueAt order { id } refund { id } dispute { id } deposit { id } fee { id } withdrawal { id } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}`;

interface Listed {
  attention: {
    nodes: {
      since: string;
      dueAt: string | null;
      order: { id: string } | null;
      refund: { id: string } | null;
      dispute: { id: string } | null;
      deposit: { id: string } | null;
      fee: { id: string } | null;
      withdrawal: { id: string } | null;
    }[];
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
  };
}

export function attentionOf(world: World, random: Random): AttentionList {
  const client = new ApiClient(world, 'staff-one', random, ['staff']);
  return {
    list: async (_em, { kind, first, after }) => {
      const answer = await client.ask<Listed>(LIST, { kind, first, after });
      if ('code' in answer || kind == null) throw new Error(`The attention list: ${JSON.stringify(answer)}`);
      const { nodes, pageInfo } = answer.data.attention;
      const items = nodes.map(({ since, dueAt, order, refund, dispute, deposit, fee, withdrawal }) => ({
        kind,
        // An entry is about the most particular of them.
        id: (dispute ?? refund ?? deposit ?? fee ?? withdrawal ?? order)?.id ?? '',
        orderId: order?.id ?? null,
        since: new Date(since),
        dueAt: dueAt === null ? null : new Date(dueAt),
      }));
      const { hasNextPage, hasPreviousPage, endCursor } = pageInfo;
      return { items, hasNextPage, hasPreviousPage, cursorOf: () => endCursor ?? '' };
    },
  };
}
