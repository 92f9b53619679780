// What a playback id allows: chosen when it is made, and changed.
import type { PlaybackId } from "#workers/videos/playback-id-contract.ts";
import { useDashboard } from "./context.ts";
import { Dialog, Fault, Field, formOf, textOf, useDoing } from "./parts.tsx";

interface RulesProps {
  readonly base: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function NewPlaybackId({ base, onDone, onClose }: RulesProps) {
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

export function Rules({ base, playbackId, onDone, onClose }: RulesProps & { playbackId: PlaybackId }) {
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
