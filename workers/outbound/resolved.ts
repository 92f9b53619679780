// Where a name leads, asked by DNS over HTTPS before it is asked for anything. It narrows what a name of somebody's own
// can do; it can't bind the connection to the answer, which the platform makes by a lookup of its own.
import { isPublicAddress } from "./address.ts";

export type Resolution = "public" | "privateAddress" | "notResolved";

/** A and AAAA (RFC 1035, RFC 3596). */
const types = [
  ["A", 1],
  ["AAAA", 28],
] as const;
const longestMs = 5_000;

interface DnsAnswer {
  readonly Status?: unknown;
  readonly Answer?: readonly { readonly type?: unknown; readonly data?: unknown }[];
}

/** Closed where it can't be told. `dohUrl` answers JSON, as https://cloudflare-dns.com/dns-query does. */
export async function resolved(dohUrl: string, name: string): Promise<Resolution> {
  try {
    const found = await Promise.all(types.map(([type, number]) => addressesOf(dohUrl, name, type, number)));
    const addresses = found.flat();
    if (addresses.length === 0) return "notResolved";
    return addresses.every(isPublicAddress) ? "public" : "privateAddress";
  } catch {
    return "notResolved";
  }
}

async function addressesOf(
  dohUrl: string,
  name: string,
  type: string,
  number: number,
): Promise<readonly string[]> {
  const url = new URL(dohUrl);
  url.searchParams.set("name", name);
  url.searchParams.set("type", type);
  const headers = { Accept: "application/dns-json" };
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(longestMs) });
  const { Status, Answer = [] } = await answer.json<DnsAnswer>();
  if (!answer.ok || Status !== 0) throw new Error("The name was not resolved");
  // A chain of CNAMEs comes with the addresses at its end.
  return Answer.filter((record) => record.type === number).map(({ data }) => String(data));
}
