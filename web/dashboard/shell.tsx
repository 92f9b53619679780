// What stays while pages change: the navigation, who is signed in, and files on their way.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useDashboard } from "./context.ts";
import { scopeOf } from "./page-scope.ts";
import type { Route } from "./route.ts";
import { may } from "./session.ts";
import { Mark } from "./sign-in.tsx";

interface Entry {
  readonly place: Exclude<Route["page"], "video" | "webhook" | "unknown">;
  readonly label: string;
  readonly icon: string;
}

// Strokes of 24 by 24.
const work: readonly Entry[] = [
  { place: "videos", label: "Videos", icon: "M4 5h16v14H4zM10 9.5v5l4.5-2.5z" },
  { place: "upload", label: "Upload", icon: "M12 15V4m0 0L8 8m4-4 4 4M4 15v4h16v-4" },
  { place: "jobs", label: "Encoding", icon: "M4 6h16M4 12h10M4 18h13M19 10v4M17 12h4" },
  {
    place: "creators",
    label: "Creators",
    icon: "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.6-6 8-6s8 2 8 6",
  },
];
const deployment: readonly Entry[] = [
  {
    place: "webhooks",
    label: "Webhooks",
    icon: "M8 8a4 4 0 1 1 6 3.5l2.5 4.5M12 8l-4 7M6 13a4 4 0 1 0 4 4h7",
  },
  { place: "api-keys", label: "API keys", icon: "M14 10a4 4 0 1 1-3.5 2.5M11 13l-7 7m3-3 2 2" },
  { place: "audit-log", label: "Audit log", icon: "M6 3h9l4 4v14H6zM10 11h6M10 15h6" },
  { place: "doctor", label: "Doctor", icon: "M3 12h4l2-6 4 12 3-8 1.5 2H21" },
  { place: "settings", label: "Settings", icon: "M5 7h8m4 0h2M5 17h2m4 0h8M15 5v4M9 15v4" },
];

interface ShellProps {
  readonly route: Route;
  readonly uploading: number;
  readonly onSignOut: () => void;
  readonly children: ComponentChildren;
}

export function Shell({ route, uploading, onSignOut, children }: ShellProps) {
  const { session } = useDashboard();
  const offered = ({ place }: Entry): boolean => {
    const scope = scopeOf(place);
    return scope === null || may(session, scope);
  };
  const [open, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const here = placeOf(route);
  const at = route.page === "video" ? route.videoId : route.page;
  useEffect(() => {
    setOpen(false);
    // Whoever came by keyboard or listens goes on where the new page begins.
    if (!first.current) {
      scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
    first.current = false;
  }, [at]);
  const links = (entries: readonly Entry[]) =>
    entries.filter(offered).map(({ place, label, icon }) => (
      <li key={place}>
        <a
          href={place === "videos" ? "/dashboard" : `/dashboard/${place}`}
          {...(here === place ? { "aria-current": "page" as const } : {})}
        >
          <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
            <path d={icon} />
          </svg>
          <span>{label}</span>
          {place === "upload" && uploading > 0 && (
            <span class="count" aria-label={`${uploading} on the way`}>
              {uploading}
            </span>
          )}
        </a>
      </li>
    ));
  return (
    <div class="shell">
      <header class={open ? "side open" : "side"}>
        <div class="side-head">
          <a class="brand" href="/dashboard">
            <Mark />
            <span>Sluice</span>
          </a>
          <button
            class="button small menu"
            type="button"
            aria-expanded={open}
            aria-controls="nav"
            onClick={() => setOpen(!open)}
          >
            Menu
          </button>
        </div>
        <nav id="nav" aria-label="Dashboard">
          {[work, deployment].map(
            (entries, at) => entries.some(offered) && <ul key={at}>{links(entries)}</ul>,
          )}
          <div class="who">
            <p>
              <span class="who-name">{session.keyName}</span>
              <code>{session.keyId.slice(0, 4) + "…" + session.keyId.slice(-6)}</code>
            </p>
            <button class="button small" type="button" onClick={onSignOut}>
              Sign out
            </button>
          </div>
        </nav>
      </header>
      <main id="main" ref={main} class="content" tabindex={-1}>
        {children}
      </main>
    </div>
  );
}

function placeOf({ page }: Route): Entry["place"] | null {
  switch (page) {
    case "video":
      return "videos";
    case "webhook":
      return "webhooks";
    case "unknown":
      return null;
    case "videos":
    case "upload":
    case "jobs":
    case "creators":
    case "webhooks":
    case "api-keys":
    case "audit-log":
    case "doctor":
    case "settings":
      return page;
  }
}
