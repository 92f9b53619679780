// Where a request comes from, as the platform and the browser tell it.
import { pageHostOf } from "./page-host.ts";
import type { ViewerPlace } from "./restrictions.ts";

/** Of the headers that name an address, the only one that a client can't write: the platform does, over any other. */
const addressHeader = "CF-Connecting-IP";

export function viewerPlaceOf({ headers, cf }: Request): ViewerPlace {
  return {
    ip: viewerIpOf(headers),
    country: textOf(cf?.["country"]),
    continent: textOf(cf?.["continent"]),
    asn: typeof cf?.["asn"] === "number" ? cf["asn"] : null,
    pageHost: pageHostOf(headers.get("Origin"), headers.get("Referer")),
  };
}

/** Null where no platform stands in front. */
export function viewerIpOf(headers: Headers): string | null {
  return headers.get(addressHeader);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
