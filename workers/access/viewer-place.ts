// Where a request comes from, as the platform and the browser tell it.
import { pageHostOf } from "./page-host.ts";
import type { ViewerPlace } from "./restrictions.ts";

/** Of the headers that name an address, the only one that a client can't write: the platform does, over any other. */
const addressHeader = "CF-Connecting-IP";

export function viewerPlaceOf({ url, headers, cf }: Request): ViewerPlace {
  const [origin, referer] = [headers.get("Origin"), headers.get("Referer")];
  return {
    ip: viewerIpOf(headers),
    country: textOf(cf?.["country"]),
    continent: textOf(cf?.["continent"]),
    asn: typeof cf?.["asn"] === "number" ? cf["asn"] : null,
    pageHost: pageHostOf(origin, referer),
    isOurEmbed: isEmbedOf(url, origin, referer),
  };
}

/** Null where no platform stands in front. */
export function viewerIpOf(headers: Headers): string | null {
  return headers.get(addressHeader);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Cut by hand: it is asked with every request of a video that is restricted to pages. */
function isEmbedOf(url: string, origin: string | null, referer: string | null): boolean {
  if (referer === null) return false;
  const site = url.slice(0, url.indexOf("/", url.indexOf("://") + 3));
  if (origin !== null && origin !== site) return false;
  if (!url.startsWith("/p/", site.length)) return false;
  const page = `${url.slice(0, url.indexOf("/", site.length + "/p/".length))}/embed`;
  return referer === page || referer.startsWith(`${page}?`);
}
