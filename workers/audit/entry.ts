// What the audit log keeps of a request. Pure: ids and names only, never a body, a secret or a query.
import { masked, parseIp, type IpAddress } from "#workers/access/ip-block.ts";

export interface AuditActor {
  readonly kind: "apiKey" | "dashboard" | "uploadUrl" | "system";
  /** Of the key; empty where there was none. */
  readonly keyId: string;
}

export interface AuditEntry {
  readonly actor: AuditActor;
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly resources: readonly string[];
  readonly status: number;
  readonly code: string | null;
  readonly requestId: string;
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** What no request asked for. */
export function bySystem(
  operation: string,
  method: string,
  path: string,
  resources: readonly string[],
): AuditEntry {
  const nobody = { code: null, address: null, userAgent: null } as const;
  const actor = { kind: "system", keyId: "" } as const;
  return { actor, operation, method, path, resources, status: 204, requestId: "cron", ...nobody };
}

const v4Kept = 24;
const v6Kept = 48;
const maxUserAgent = 200;
const maxId = 64;
const maxPath = 300;

/** A secret that stands in a path is taken out of it. */
export function pathWithout(pattern: string, parameters: Readonly<Record<string, string>>): string {
  const path = pattern
    .split("/")
    .map((part) => {
      if (!part.startsWith(":")) return part;
      const name = /^:([A-Za-z0-9_]+)/.exec(part)?.[1] ?? "";
      return isSecret(name) ? `{${name}}` : encodeURIComponent(parameters[name] ?? "");
    })
    .join("/");
  return path.slice(0, maxPath);
}

/** In the order of the path, then what was made. */
export function resourcesOf(
  parameters: Readonly<Record<string, string>>,
  made: readonly string[],
): readonly string[] {
  const named = Object.entries(parameters).flatMap(([name, value]) => (isSecret(name) ? [] : [value]));
  return [...new Set([...named, ...made].filter((id) => id.length > 0 && id.length <= maxId))];
}

/** `id` and `videoId` of an answer: fields that are ids, and nothing else of it. */
export function idsIn(body: unknown): readonly string[] {
  if (typeof body !== "object" || body === null) return [];
  return ["id", "videoId"].flatMap((name) => {
    const value: unknown = Object.getOwnPropertyDescriptor(body, name)?.value;
    return typeof value === "string" ? [value] : [];
  });
}

/** `AUDIT_ADDRESS`: `truncated` to the network, `full`, or `none`. */
export function keptAddress(address: string | null, setting: string): string | null {
  if (address === null || setting === "none") return null;
  if (setting === "full") return address.slice(0, maxId);
  if (setting !== "truncated") throw new Error("AUDIT_ADDRESS is truncated, full or none");
  const ip = parseIp(address);
  if (ip === null) return null;
  const bits = ip.length === 4 ? v4Kept : v6Kept;
  return `${printed(masked(ip, bits))}/${bits}`;
}

export function keptUserAgent(userAgent: string | undefined): string | null {
  // Control characters could break whatever shows the line.
  const text = userAgent?.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, maxUserAgent) ?? "";
  return text === "" ? null : text;
}

function isSecret(parameter: string): boolean {
  return /secret|token$/i.test(parameter);
}

function printed(ip: IpAddress): string {
  if (ip.length === 4) return ip.join(".");
  // Behind /48 it is zeros.
  const groups = [0, 2, 4].map((at) => (((ip[at] ?? 0) << 8) | (ip[at + 1] ?? 0)).toString(16));
  return `${groups.join(":")}::`;
}
