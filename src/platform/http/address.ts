/** Addresses of clients, as proxies report them. */
const IPV4_WITH_PORT = /^(\d+\.\d+\.\d+\.\d+):\d+$/;
const IPV6_IN_BRACKETS = /^\[([^\]]*)\](?::\d+)?$/;

/** Some proxies add the port in X-Forwarded-For, which would make each connection a new address. */
export function withoutPort(address: string): string {
  return (IPV4_WITH_PORT.exec(address) ?? IPV6_IN_BRACKETS.exec(address))?.[1] ?? address;
}
