/** Addresses of clients, as proxies write them down. */
const IPV4_WITH_PORT = /^(\d+\.\d+\.\d+\.\d+):\d+$/;
const IPV6_IN_BRACKETS = /^\[([^\]]*)\](?::\d+)?$/;

/** Some proxies add the port to what they write into X-Forwarded-For, which makes of each connection an address. */
export function withoutPort(address: string): string {
  return (IPV4_WITH_PORT.exec(address) ?? IPV6_IN_BRACKETS.exec(address))?.[1] ?? address;
}
