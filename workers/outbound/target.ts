// Pure. Which URLs that somebody named may be asked: public names over https, and nothing else. Stricter than a web
// client has to be: what is worth asking is at a name, so no address is asked, in whatever form it is written.
import { ok, refuse, type Result } from "#workers/result.ts";

export type TargetRefusal =
  "notAUrl" | "notHttps" | "credentialsInUrl" | "address" | "internalName" | "portNotAllowed";

/** Of workers/env.ts. */
export interface TargetEnv {
  readonly OUTBOUND_ALLOW_PRIVATE?: string;
}

/** RFC 6761 and RFC 6762, what RFC 8375 and ICANN keep for networks of one's own, and what clouds use. */
const internalSuffixes = [
  ...[
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "lan",
    "home",
    "corp",
    "home.arpa",
  ],
];
const ports = new Set(["", "443", "8443"]);

export function checkTarget(env: TargetEnv, text: string): Result<string, TargetRefusal> {
  const url = URL.parse(text);
  if (url === null) return refuse("notAUrl");
  if (url.username !== "" || url.password !== "") return refuse("credentialsInUrl");
  if (env.OUTBOUND_ALLOW_PRIVATE === "true" && /^https?:$/.test(url.protocol)) return ok(url.href);
  if (url.protocol !== "https:") return refuse("notHttps");
  if (!ports.has(url.port)) return refuse("portNotAllowed");
  // WHATWG URL 3.5: a host that ends in a number is an IPv4 address, and whatever form it had (octal, hex, one number)
  // is printed with four decimal parts; an IPv6 address keeps its brackets.
  const name = url.hostname.replace(/\.+$/, "");
  if (name.startsWith("[") || /^[\d.]+$/.test(name)) return refuse("address");
  const isInternal = internalSuffixes.some((suffix) => name === suffix || name.endsWith(`.${suffix}`));
  return isInternal || !name.includes(".") ? refuse("internalName") : ok(url.href);
}
