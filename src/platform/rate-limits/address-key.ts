/** The rate limit key of an address. */
import { isIPv6 } from 'node:net';
import { withoutPort } from '../http/address.js';

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * An IPv4 address as it is; of IPv6 the first half, since a client with one address has the whole network of that
 * size (RFC 6177).
 */
export function addressKey(address: string): string {
  const ip = withoutPort(address);
  const mapped = MAPPED_IPV4.exec(ip)?.[1];
  if (mapped !== undefined || !isIPv6(ip)) return mapped ?? ip;
  const [head = '', tail] = ip.replace(/%.*$/, '').toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const network = [...before, ...zeros, ...after].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}
