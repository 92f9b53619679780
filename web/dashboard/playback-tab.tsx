// Playback ids, tokens for them, and what to paste into an application.
import { useState } from "preact/hooks";
import type { PlaybackToken } from "#workers/access/token-contract.ts";
import type { PlaybackId } from "#workers/videos/playback-id-contract.ts";
import { CopyButton } from "../watch/copy-button.tsx";
import { ShareField } from "../watch/share-field.tsx";
import { useDashboard } from "./context.ts";
import { Nothing } from "./loading.tsx";
import { Confirm, Dialog, Fault, Field, formOf, Section, textOf, useDoing } from "./parts.tsx";
import { may } from "./session.ts";
import { snippets } from "./snippets.ts";
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

function rulesInWords({ restrictions, limits, streams }: PlaybackId): string {
  const parts = [
    restrictions.allowedOrigins === undefined ? null : `only on ${restrictions.allowedOrigins.join(", ")}`,
    restrictions.rules === undefined ? null : `${restrictions.rules.length} rules of place`,
    limits.maxHeight === undefined ? null : `up to ${limits.maxHeight}p`,
    streams === null ? null : `${streams.max} streams at once`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? "No limits" : parts.join(" · ");
}

interface DialogProps {
  readonly base: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function NewPlaybackId({ base, onDone, onClose }: DialogProps) {
  const { api } = useDashboard();
  const doing = useDoing();
  return (
    <Dialog title="New playback id" onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          const policy = textOf(formOf(event), "policy");
          doing.run(() => api.send("POST", base, { policy }), onDone);
        }}
      >
        <Field label="Policy" hint="Public: whoever has the id may watch. Signed: only with a token.">
          {(ids) => (
            <select {...ids} name="policy">
              <option value="signed">Signed</option>
              <option value="public">Public</option>
            </select>
          )}
        </Field>
        <Fault text={doing.fault} />
        <p class="dialog-actions">
          <button class="button primary" type="submit" disabled={doing.busy}>
            Create
          </button>
        </p>
      </form>
    </Dialog>
  );
}

function Rules({ base, playbackId, onDone, onClose }: DialogProps & { playbackId: PlaybackId }) {
  const { api } = useDashboard();
  const doing = useDoing();
  const { restrictions, limits } = playbackId;
  const save = (event: SubmitEvent): void => {
    const form = formOf(event);
    const origins = textOf(form, "origins")
      .split(/[\s,]+/)
      .filter((origin) => origin !== "");
    const height = textOf(form, "maxHeight");
    const { allowedOrigins: _origins, ...otherRestrictions } = restrictions;
    const { maxHeight: _height, ...otherLimits } = limits;
    const change = {
      policy: textOf(form, "policy"),
      restrictions: { ...otherRestrictions, ...(origins.length === 0 ? {} : { allowedOrigins: origins }) },
      limits: { ...otherLimits, ...(height === "" ? {} : { maxHeight: Number(height) }) },
    };
    doing.run(() => api.send("PATCH", `${base}/${playbackId.id}`, change), onDone);
  };
  return (
    <Dialog title="Rules of this playback id" onClose={onClose}>
      <form class="stack" onSubmit={save}>
        <Field label="Policy">
          {(ids) => (
            <select {...ids} name="policy" defaultValue={playbackId.policy}>
              {["public", "signed", "drm"].map((policy) => (
                <option key={policy} value={policy} selected={policy === playbackId.policy}>
                  {policy}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field
          label="Allowed origins"
          hint="Hosts of pages that may show it, with commas between. Empty: all."
        >
          {(ids) => (
            <input
              {...ids}
              name="origins"
              placeholder="app.example.com"
              defaultValue={restrictions.allowedOrigins?.join(", ") ?? ""}
            />
          )}
        </Field>
        <Field label="Highest picture" hint="In lines, as in 720. Empty: all.">
          {(ids) => (
            <input
              {...ids}
              name="maxHeight"
              type="number"
              min={1}
              defaultValue={limits.maxHeight === undefined ? "" : String(limits.maxHeight)}
            />
          )}
        </Field>
        <Fault text={doing.fault} />
        <p class="dialog-actions">
          <button class="button primary" type="submit" disabled={doing.busy}>
            Save
          </button>
        </p>
      </form>
    </Dialog>
  );
}

function TokenDialog({ playbackId, onClose }: { playbackId: PlaybackId; onClose: () => void }) {
  const { api, session } = useDashboard();
  const doing = useDoing();
  const revoking = useDoing();
  const [made, setMade] = useState<PlaybackToken | null>(null);
  const [revoked, setRevoked] = useState(false);
  const mint = (event: SubmitEvent): void => {
    const form = formOf(event);
    const height = textOf(form, "maxHeight");
    const viewerId = textOf(form, "viewerId");
    const body = {
      playbackId: playbackId.id,
      audiences: ["video", "thumbnail", "storyboard"],
      expiresInSeconds: Math.round(Number(textOf(form, "minutes")) * 60),
      ...(viewerId === "" ? {} : { viewerId }),
      ...(height === "" ? {} : { limits: { maxHeight: Number(height) } }),
    };
    doing.run(() => api.send<PlaybackToken>("POST", "/v1/playback-tokens", body), setMade);
  };
  if (made === null) {
    return (
      <Dialog title="Make a playback token" onClose={onClose}>
        <form class="stack" onSubmit={mint}>
          <Field label="Good for" hint="Minutes until it expires.">
            {(ids) => <input {...ids} name="minutes" type="number" min={1} required defaultValue="60" />}
          </Field>
          <Field label="Highest picture" hint="In lines, as in 720. Empty: all.">
            {(ids) => <input {...ids} name="maxHeight" type="number" min={1} />}
          </Field>
          <Field label="Viewer" hint="Your own id of who watches. May be empty.">
            {(ids) => <input {...ids} name="viewerId" />}
          </Field>
          <Fault text={doing.fault} />
          <p class="dialog-actions">
            <button class="button primary" type="submit" disabled={doing.busy}>
              Make the token
            </button>
          </p>
        </form>
      </Dialog>
    );
  }
  const revoke = (): void =>
    revoking.run(
      () => api.send("POST", "/v1/revocations", { kind: "token", id: made.tokenId }),
      () => setRevoked(true),
    );
  return (
    <Dialog title="Your token" onClose={onClose}>
      <p class="line" role="status">
        {revoked ? <span class="pill bad">Revoked</span> : <span class="pill good">Good</span>}
        <span class="soft">{`until ${new Date(made.expiresAt).toLocaleString()}`}</span>
      </p>
      <div class="stack">
        <ShareField label="Token" value={made.token} lines={3} />
        {made.hlsUrl !== null && <ShareField label="HLS" value={made.hlsUrl} />}
        {made.dashUrl !== null && <ShareField label="DASH" value={made.dashUrl} />}
        <ShareField label="Watch page" value={`${playbackId.watchUrl}?token=${made.token}`} />
      </div>
      <Fault text={revoking.fault} />
      {may(session, "access:write") && (
        <p class="dialog-actions">
          <button class="button" type="button" disabled={revoked || revoking.busy} onClick={revoke}>
            {revoked ? "Revoked" : "Revoke this token"}
          </button>
        </p>
      )}
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
