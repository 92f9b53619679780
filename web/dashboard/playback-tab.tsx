// Playback ids, with what can be done to each.
import { useState } from "preact/hooks";
import type { PlaybackId } from "#workers/videos/playback-id-contract.ts";
import { CopyButton } from "../watch/share-field.tsx";
import { useDashboard } from "./context.ts";
import { Nothing } from "./loading.tsx";
import { Confirm, Section } from "./parts.tsx";
import { PlaybackAddresses } from "./playback-addresses.tsx";
import { NewPlaybackId, Rules } from "./playback-rules.tsx";
import { may } from "./session.ts";
import { TokenDialog } from "./token-dialog.tsx";
import type { TabProps } from "./video-page.tsx";

type Open =
  | { readonly kind: "none" }
  | { readonly kind: "new" }
  | { readonly kind: "remove" | "rules" | "token"; readonly playbackId: PlaybackId };

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
                <p class="name id" id={`id-${playbackId.id}`}>
                  {playbackId.id}
                </p>
                <p class="meta">
                  <span>{rulesInWords(playbackId)}</span>
                </p>
              </div>
              <span class={playbackId.policy === "public" ? "pill good" : "pill busy"}>
                {playbackId.policy}
              </span>
              <span class="line">
                <CopyButton
                  small
                  label={playbackId.id}
                  value={playbackId.id}
                  onRefused={() => selectText(`id-${playbackId.id}`)}
                />
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
      <PlaybackAddresses video={video} />
      {open.kind === "new" && <NewPlaybackId base={base} onDone={done} onClose={close} />}
      {open.kind === "rules" && (
        <Rules base={base} playbackId={open.playbackId} onDone={done} onClose={close} />
      )}
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

function rulesInWords({ restrictions, limits, streams }: PlaybackId): string {
  const parts = [
    restrictions.allowedOrigins === undefined ? null : `only on ${restrictions.allowedOrigins.join(", ")}`,
    restrictions.rules === undefined ? null : `${restrictions.rules.length} rules of place`,
    limits.maxHeight === undefined ? null : `up to ${limits.maxHeight}p`,
    streams === null ? null : `${streams.max} streams at once`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? "No limits" : parts.join(" · ");
}

/** What a button could not copy is marked, to be copied by the keys. */
function selectText(id: string): void {
  const element = document.getElementById(id);
  if (element !== null) getSelection()?.selectAllChildren(element);
}
