// Playback ids, tokens for them, and what to paste into an application.
import { useState } from "preact/hooks";
import type { PlaybackId } from "#workers/videos/playback-id-contract.ts";
import { CopyButton } from "../watch/copy-button.tsx";
import { ShareField } from "../watch/share-field.tsx";
import { useDashboard } from "./context.ts";
import { Nothing } from "./loading.tsx";
import { Confirm, Dialog, Section } from "./parts.tsx";
import { NewPlaybackId, Rules, rulesInWords } from "./playback-rules.tsx";
import { may } from "./session.ts";
import { snippets } from "./snippets.ts";
import { TokenDialog } from "./token-dialog.tsx";
import type { TabProps } from "./video-page.tsx";

type Open =
  | { readonly kind: "none" }
  | { readonly kind: "new" }
  | { readonly kind: "addresses" | "remove" | "rules" | "token"; readonly playbackId: PlaybackId };

export function PlaybackTab({ video, reload }: TabProps) {
  const { api, session } = useDashboard();
  const [open, setOpen] = useState<Open>({ kind: "none" });
  const close = (): void => setOpen({ kind: "none" });
  const done = (): void => {
    close();
    reload();
  };
  const base = `/v1/videos/${encodeURIComponent(video.id)}/playback-ids`;
  const write = may(session, "videos:write");
  const first = video.playbackIds[0];
  return (
    <>
      <Section
        title="Playback ids"
        about="Each is an address of its own, with rules of its own. Deleting one ends all that it plays."
        actions={
          write && (
            <button class="button small primary" type="button" onClick={() => setOpen({ kind: "new" })}>
              New playback id
            </button>
          )
        }
      >
        {video.playbackIds.length === 0 && <Nothing title="Nobody can watch: there is no playback id" />}
        <ul class="rows-list">
          {video.playbackIds.map((playbackId) => (
            <li key={playbackId.id}>
              <div class="grow">
                <p class="name id">{playbackId.id}</p>
                <p class="meta">
                  <span>{rulesInWords(playbackId)}</span>
                </p>
              </div>
              <span class={playbackId.policy === "public" ? "pill good" : "pill busy"}>
                {playbackId.policy}
              </span>
              <span class="line">
                <CopyButton small label={playbackId.id} value={playbackId.id} />
                <button
                  class="button small"
                  type="button"
                  aria-label={`Addresses of ${playbackId.id}`}
                  onClick={() => setOpen({ kind: "addresses", playbackId })}
                >
                  Addresses
                </button>
                {playbackId.policy !== "public" && may(session, "tokens:write") && (
                  <button
                    class="button small"
                    type="button"
                    onClick={() => setOpen({ kind: "token", playbackId })}
                  >
                    Make a token
                  </button>
                )}
                {write && (
                  <>
                    <button
                      class="button small"
                      type="button"
                      onClick={() => setOpen({ kind: "rules", playbackId })}
                    >
                      Rules
                    </button>
                    <button
                      class="button small quiet"
                      type="button"
                      aria-label={`Delete ${playbackId.id}`}
                      onClick={() => setOpen({ kind: "remove", playbackId })}
                    >
                      Delete
                    </button>
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      </Section>
      {first !== undefined && <Snippets playbackId={first} />}
      {open.kind === "new" && <NewPlaybackId base={base} onDone={done} onClose={close} />}
      {open.kind === "rules" && (
        <Rules base={base} playbackId={open.playbackId} onDone={done} onClose={close} />
      )}
      {open.kind === "addresses" && <Addresses playbackId={open.playbackId} onClose={close} />}
      {open.kind === "token" && <TokenDialog playbackId={open.playbackId} onClose={close} />}
      {open.kind === "remove" && (
        <Confirm
          title="Delete this playback id?"
          text="Whoever watches by it is stopped within seconds. The video and its other playback ids stay."
          label="Delete it"
          ask={() => api.send("DELETE", `${base}/${open.playbackId.id}`)}
          onDone={done}
          onClose={close}
        />
      )}
    </>
  );
}

function Addresses({ playbackId, onClose }: { playbackId: PlaybackId; onClose: () => void }) {
  const { playbackOrigin } = useDashboard();
  const { id, policy, hlsUrl, dashUrl, watchUrl, posterUrl } = playbackId;
  return (
    <Dialog title="Where it plays" onClose={onClose}>
      {policy !== "public" && <p class="soft">Each takes a token: put ?token= and one behind it.</p>}
      <div class="stack">
        <ShareField label="HLS" value={hlsUrl} />
        <ShareField label="DASH" value={dashUrl} />
        <ShareField label="Watch page" value={watchUrl} />
        <ShareField label="Embed page" value={`${playbackOrigin}/p/${id}/embed`} />
        <ShareField label="Poster" value={posterUrl} />
      </div>
    </Dialog>
  );
}

function Snippets({ playbackId }: { playbackId: PlaybackId }) {
  const { playbackOrigin } = useDashboard();
  const [chosen, setChosen] = useState(0);
  const all = snippets(location.origin, playbackOrigin, playbackId);
  const snippet = all[chosen];
  return (
    <Section
      title="Put it into your application"
      about={playbackId.policy === "public" ? "" : "Put a token where the snippet says TOKEN."}
    >
      <div class="line" role="group" aria-label="Kind of snippet">
        {all.map(({ name }, at) => (
          <button
            key={name}
            class={at === chosen ? "button small primary" : "button small"}
            type="button"
            aria-pressed={at === chosen}
            onClick={() => setChosen(at)}
          >
            {name}
          </button>
        ))}
      </div>
      {snippet !== undefined && (
        <ShareField label={snippet.name} value={snippet.code} lines={snippet.code.split("\n").length} />
      )}
    </Section>
  );
}
