/** The lines of an order that an input names. */
import { DomainError } from '../../platform/kernel/domain-error.js';
import type { OrderLine } from './order-line.entity.js';

export interface NamedLine<Request> {
  line: OrderLine;
  request: Request;
  /** Of the input of the line, to name it in errors, such as `lines[0]`. */
  path: string;
}

/**
 * @param requests of the input `lines`, in its order
 * @throws DomainError `NOT_FOUND` for one that is not a line of the order, `BAD_USER_INPUT` for one that is given twice
 */
export function namedLines<Request extends { lineId: string }>(
  lines: readonly OrderLine[],
  requests: readonly Request[],
): NamedLine<Request>[] {
  return requests.map((request, index) => {
    const path = `lines[${index}]`;
    const line = lines.find(({ id }) => id === request.lineId);
    if (!line) throw DomainError.ofFields('NOT_FOUND', { [`${path}.lineId`]: 'is not a line of the order' });
    if (requests.findIndex(({ lineId }) => lineId === request.lineId) < index) {
      throw DomainError.badInput(`${path}.lineId`, 'is given twice');
    }
    return { line, request, path };
  });
}
