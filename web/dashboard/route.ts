// Which page of the dashboard an address is, and back. Pure.

export const videoTabs = ["overview", "playback", "captions", "sound", "encoding", "explain"] as const;
export type VideoTab = (typeof videoTabs)[number];

const places = ["upload", "jobs", "webhooks", "api-keys", "doctor", "settings"] as const;
type Place = (typeof places)[number];
/** Pages whose address also says what of it is shown. */
const searched = ["creators", "audit-log"] as const;
type Searched = (typeof searched)[number];

export type Route =
  | { readonly page: "videos" | Searched; readonly search: string }
  | { readonly page: "video"; readonly videoId: string; readonly tab: VideoTab }
  | { readonly page: "webhook"; readonly webhookId: string; readonly search: string }
  | { readonly page: Place }
  | { readonly page: "unknown" };

export function routeOf(address: string): Route {
  const { pathname, search } = new URL(address, "http://localhost");
  const [, first, ...rest] = pathname.replace(/\/+$/, "").split("/");
  if (first !== "dashboard") return { page: "unknown" };
  const [place, id, tab = "overview", ...more] = rest;
  if (place === undefined || (place === "videos" && id === undefined)) return { page: "videos", search };
  if (place === "videos" && id !== undefined && isTab(tab) && more.length === 0)
    return { page: "video", videoId: decoded(id), tab };
  if (place === "webhooks" && id !== undefined && rest.length === 2)
    return { page: "webhook", webhookId: decoded(id), search };
  if (rest.length > 1) return { page: "unknown" };
  const filtered = searched.find((name) => name === place);
  if (filtered !== undefined) return { page: filtered, search };
  const named = places.find((name) => name === place);
  return named === undefined ? { page: "unknown" } : { page: named };
}

export function addressOf(route: Exclude<Route, { page: "unknown" }>): string {
  switch (route.page) {
    case "videos":
      return `/dashboard${route.search}`;
    case "video": {
      const base = `/dashboard/videos/${encodeURIComponent(route.videoId)}`;
      return route.tab === "overview" ? base : `${base}/${route.tab}`;
    }
    case "webhook":
      return `/dashboard/webhooks/${encodeURIComponent(route.webhookId)}${route.search}`;
    case "creators":
    case "audit-log":
      return `/dashboard/${route.page}${route.search}`;
    case "upload":
    case "jobs":
    case "webhooks":
    case "api-keys":
    case "doctor":
    case "settings":
      return `/dashboard/${route.page}`;
  }
}

function isTab(text: string): text is VideoTab {
  return videoTabs.some((tab) => tab === text);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
