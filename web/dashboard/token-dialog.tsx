// A playback token that is made for somebody, with the addresses that it opens; and taken back.
import { useState } from "preact/hooks";
import type { PlaybackToken } from "#workers/access/token-contract.ts";
import type { PlaybackId } from "#workers/videos/playback-id-contract.ts";
import { ShareField } from "../watch/share-field.tsx";
import { useDashboard } from "./context.ts";
import { Dialog, Fault, Field, formOf, textOf, useDoing } from "./parts.tsx";
import { may } from "./session.ts";
import { addressesOf } from "./snippets.ts";

export function TokenDialog({ playbackId, onClose }: { playbackId: PlaybackId; onClose: () => void }) {
  const { api, session, playbackOrigin } = useDashboard();
  const hosts = { origin: location.origin, playbackOrigin };
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
        {addressesOf(hosts, playbackId, made.token).map(({ name, code }) => (
          <ShareField key={name} label={name} value={code} />
        ))}
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
