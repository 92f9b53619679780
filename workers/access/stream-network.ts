import { hexOf } from "#workers/hex.ts";
import { masked, parseIp } from "./ip-block.ts";

/**
 * The network of an address, as one name: /24 of IPv4, /48 of IPv6. A phone that moves between cells and a house with
 * many addresses stay in few of them. Null for what is no address.
 */
export function networkOf(ip: string | null): string | null {
  const address = ip === null ? null : parseIp(ip);
  if (address === null) return null;
  const bits = address.length === 4 ? 24 : 48;
  return hexOf(masked(address, bits).subarray(0, bits / 8));
}
