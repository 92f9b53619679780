// A router of one page: links of the dashboard change the address and what is shown, without a load.
import { useEffect, useState } from "preact/hooks";
import { addressOf, routeOf, type Route } from "./route.ts";

const moved = new EventTarget();

export function navigate(route: Exclude<Route, { page: "unknown" }>, replace = false): void {
  goTo(addressOf(route), replace);
}

function goTo(address: string, replace: boolean): void {
  history[replace ? "replaceState" : "pushState"](null, "", address);
  moved.dispatchEvent(new Event("moved"));
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.href));
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    const look = (): void => setRoute(routeOf(location.href));
    moved.addEventListener("moved", look, { signal });
    addEventListener("popstate", look, { signal });
    addEventListener("click", follow, { signal });
    return () => ended.abort();
  }, []);
  return route;
}

/** Only a plain click on a link of ours; what asks for a new tab or a download is the browser's. */
function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.target !== "" || link.hasAttribute("download")) return;
  if (link.origin !== location.origin || link.hash !== "") return;
  if (link.pathname !== "/dashboard" && !link.pathname.startsWith("/dashboard/")) return;
  event.preventDefault();
  if (link.href !== location.href) goTo(link.href, false);
}
