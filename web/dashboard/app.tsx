// The dashboard: whoever is signed in sees its pages, everybody else the door.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Api, bySession } from "../api.ts";
import { UploadQueue, type Item } from "../upload/upload-queue.ts";
import { ApiKeysPage } from "./api-keys-page.tsx";
import { AuditLogPage } from "./audit-log-page.tsx";
import { DashboardContext, useDashboard } from "./context.ts";
import { CreatorsPage } from "./creators-page.tsx";
import { DoctorPage } from "./doctor-page.tsx";
import { JobsPage } from "./jobs-page.tsx";
import { Nothing } from "./loading.tsx";
import { useRoute } from "./navigation.ts";
import { scopeOf } from "./page-scope.ts";
import { PageHead } from "./parts.tsx";
import type { Route } from "./route.ts";
import { findSession, may, signOut, type Session } from "./session.ts";
import { SettingsPage } from "./settings-page.tsx";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";
import { UploadsPage } from "./uploads-page.tsx";
import { usualSettings, type VideoSettings } from "./video-settings.ts";
import { VideoPage } from "./video-page.tsx";
import { VideosPage } from "./videos-page.tsx";
import { WebhookPage } from "./webhook-page.tsx";
import { WebhooksPage } from "./webhooks-page.tsx";

type Door =
  | { readonly kind: "looking" }
  | { readonly kind: "closed"; readonly ended: boolean }
  | { readonly kind: "open"; readonly session: Session };

export function App({ playbackOrigin }: { playbackOrigin: string }) {
  const [door, setDoor] = useState<Door>({ kind: "looking" });
  useEffect(() => {
    void findSession().then((answer) =>
      setDoor(answer.ok ? { kind: "open", session: answer.value } : { kind: "closed", ended: false }),
    );
  }, []);
  switch (door.kind) {
    case "looking":
      return <main id="main" class="sign-in" aria-busy="true" />;
    case "closed":
      return <SignIn ended={door.ended} onSession={(session) => setDoor({ kind: "open", session })} />;
    case "open":
      return (
        <SignedIn
          session={door.session}
          playbackOrigin={playbackOrigin}
          onEnd={(ended) => setDoor({ kind: "closed", ended })}
        />
      );
  }
}

interface SignedInProps {
  readonly session: Session;
  readonly playbackOrigin: string;
  readonly onEnd: (ended: boolean) => void;
}

function SignedIn({ session, playbackOrigin, onEnd }: SignedInProps) {
  const end = useRef(onEnd);
  end.current = onEnd;
  const dashboard = useMemo(
    () => ({ api: new Api(bySession, () => end.current(true)), session, playbackOrigin }),
    [session, playbackOrigin],
  );
  const uploads = useUploads(dashboard.api);
  const route = useRoute();
  const leave = (): void => {
    uploads.queue.close();
    void signOut().then(() => onEnd(false));
  };
  const uploading = uploads.items.filter(({ stage }) => stage.kind === "sending" || stage.kind === "waiting");
  return (
    <DashboardContext.Provider value={dashboard}>
      <Shell route={route} uploading={uploading.length} onSignOut={leave}>
        <Page route={route} {...uploads} />
      </Shell>
    </DashboardContext.Provider>
  );
}

export interface Uploads {
  readonly queue: UploadQueue;
  readonly items: readonly Item[];
  /** Of the files that are added next. */
  readonly settings: VideoSettings;
  readonly onSettings: (settings: VideoSettings) => void;
}

/** They go on while other pages are looked at. */
function useUploads(api: Api): Uploads {
  const [items, setItems] = useState<readonly Item[]>([]);
  const [settings, onSettings] = useState(usualSettings);
  const [queue] = useState(() => new UploadQueue(api, bySession, setItems));
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    addEventListener("online", () => queue.online(), { signal });
    addEventListener("beforeunload", (event) => queue.busy && event.preventDefault(), { signal });
    return () => {
      ended.abort();
      queue.close();
    };
  }, [queue]);
  return { queue, items, settings, onSettings };
}

function Page({ route, ...uploads }: { route: Route } & Uploads) {
  const { session } = useDashboard();
  const scope = scopeOf(route.page);
  if (scope !== null && !may(session, scope)) return <Closed scope={scope} />;
  switch (route.page) {
    case "videos":
      return <VideosPage search={route.search} />;
    case "video":
      return <VideoPage key={route.videoId} videoId={route.videoId} tab={route.tab} />;
    case "upload":
      return <UploadsPage {...uploads} />;
    case "jobs":
      return <JobsPage />;
    case "creators":
      return <CreatorsPage search={route.search} />;
    case "webhooks":
      return <WebhooksPage />;
    case "webhook":
      return <WebhookPage key={route.webhookId} webhookId={route.webhookId} search={route.search} />;
    case "api-keys":
      return <ApiKeysPage />;
    case "audit-log":
      return <AuditLogPage search={route.search} />;
    case "doctor":
      return <DoctorPage />;
    case "settings":
      return <SettingsPage />;
    case "unknown":
      return (
        <>
          <PageHead title="There is no such page" />
          <Nothing title="The address leads nowhere">
            <a class="button" href="/dashboard">
              Go to the videos
            </a>
          </Nothing>
        </>
      );
  }
}

function Closed({ scope }: { scope: string }) {
  return (
    <>
      <PageHead title="Not for this key" />
      <Nothing title={`This page needs the scope ${scope}`}>
        <p>The key that you signed in with does not have it. What it may see is in the menu.</p>
      </Nothing>
    </>
  );
}
