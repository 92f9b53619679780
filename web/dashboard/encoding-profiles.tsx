// Encoding profiles of one's own: which qualities are made of a file, and how.
import { useState } from "preact/hooks";
import { builtInProfiles } from "#workers/transcoding/profile.ts";
import type { ProfileView } from "#workers/transcoding/profile-contract.ts";
import { useDashboard } from "./context.ts";
import { Shown, useLoaded } from "./loading.tsx";
import { Dialog, Fault, Field, formOf, Section, textOf, useDoing } from "./parts.tsx";
import { rungsIn, rungsText } from "./rungs.ts";
import { may } from "./session.ts";
import type { Removal } from "./settings-page.tsx";

const path = "/v1/encoding-profiles";

type Open = { readonly kind: "none" } | { readonly kind: "form"; readonly profile: ProfileView | null };

export function EncodingProfiles({ onRemove }: { onRemove: (removal: Removal) => void }) {
  const { api, session } = useDashboard();
  const [open, setOpen] = useState<Open>({ kind: "none" });
  const loaded = useLoaded<{ data: readonly ProfileView[] }>(path, (signal) =>
    api.get(`${path}?limit=100`, signal),
  );
  const close = (): void => setOpen({ kind: "none" });
  const write = may(session, "videos:write");
  return (
    <Section
      title="Encoding profiles"
      about="Which qualities are made of a file. Built in are mobile, standard and premium."
      actions={
        write && (
          <button class="button small" type="button" onClick={() => setOpen({ kind: "form", profile: null })}>
            New encoding profile
          </button>
        )
      }
    >
      <Shown of={loaded} rows={3}>
        {({ data }) =>
          data.length === 0 ? (
            <p class="soft">None of your own.</p>
          ) : (
            <ul class="rows-list">
              {data.map((profile) => (
                <li key={profile.id}>
                  <div class="grow">
                    <p class="name">{profile.name}</p>
                    <p class="meta">
                      <code>{profile.id}</code>
                      <span>{profile.rungs.map(({ side }) => `${side}p`).join(", ")}</span>
                      <span>{`${profile.effort}, CRF ${profile.crf}`}</span>
                      {profile.av1 && <span>AV1</span>}
                      {profile.opus && <span>Opus</span>}
                      {profile.perTitle && <span>per title</span>}
                    </p>
                  </div>
                  {write && (
                    <span class="line">
                      <button
                        class="button small"
                        type="button"
                        aria-label={`Change ${profile.name}`}
                        onClick={() => setOpen({ kind: "form", profile })}
                      >
                        Change
                      </button>
                      <button
                        class="button small"
                        type="button"
                        aria-label={`Delete ${profile.name}`}
                        onClick={() =>
                          onRemove({
                            title: "Delete this profile?",
                            text: `Videos can't ask for “${profile.name}” any more. What was encoded stays.`,
                            path: `${path}/${profile.id}`,
                            reload: loaded.reload,
                          })
                        }
                      >
                        Delete
                      </button>
                    </span>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
      {open.kind === "form" && (
        <ProfileDialog
          profile={open.profile}
          onDone={() => {
            close();
            loaded.reload();
          }}
          onClose={close}
        />
      )}
    </Section>
  );
}

interface ProfileDialogProps {
  /** Null: a new one. */
  readonly profile: ProfileView | null;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function ProfileDialog({ profile, onDone, onClose }: ProfileDialogProps) {
  const { api } = useDashboard();
  const doing = useDoing();
  const [fault, setFault] = useState("");
  const shown = profile ?? builtInProfiles.standard;
  const save = (event: SubmitEvent): void => {
    const body = profileIn(formOf(event));
    setFault(body === null ? "Write qualities as lines of two numbers, as in 720 2800." : "");
    if (body === null) return;
    const ask = () =>
      profile === null ? api.send("POST", path, body) : api.send("PATCH", `${path}/${profile.id}`, body);
    doing.run(ask, onDone);
  };
  return (
    <Dialog title={profile === null ? "New encoding profile" : "Change this profile"} onClose={onClose}>
      <form class="stack" onSubmit={save}>
        <Field label="Name">
          {(ids) => (
            <input {...ids} name="name" required maxLength={100} defaultValue={profile?.name ?? ""} />
          )}
        </Field>
        <Field
          label="Qualities"
          hint="A line each, smallest first: lines of the picture, and most kbit/s of H.264 at 30 frames a second."
        >
          {(ids) => (
            <textarea {...ids} name="rungs" required rows={6} defaultValue={rungsText(shown.rungs)} />
          )}
        </Field>
        <div class="columns">
          <Field label="Effort" hint="More makes the same picture of fewer bits, later.">
            {(ids) => (
              <select {...ids} name="effort">
                {["fast", "balanced", "thorough"].map((effort) => (
                  <option key={effort} selected={effort === shown.effort}>
                    {effort}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label="CRF" hint="16 to 32: less is better, and larger.">
            {(ids) => (
              <input
                {...ids}
                name="crf"
                type="number"
                min={16}
                max={32}
                required
                defaultValue={`${shown.crf}`}
              />
            )}
          </Field>
          <Field label="Most frames a second">
            {(ids) => (
              <input
                {...ids}
                name="maxFrameRate"
                type="number"
                min={24}
                max={60}
                required
                defaultValue={`${shown.maxFrameRate}`}
              />
            )}
          </Field>
        </div>
        <fieldset class="scopes">
          <legend>Also</legend>
          {(
            [
              ["av1", "AV1 from 720 on"],
              ["opus", "Opus"],
              ["perTitle", "Caps by film"],
            ] as const
          ).map(([name, label]) => (
            <label class="check" key={name}>
              <input type="checkbox" name={name} defaultChecked={shown[name]} /> {label}
            </label>
          ))}
        </fieldset>
        <Fault text={fault === "" ? doing.fault : fault} />
        <p class="dialog-actions">
          <button class="button primary" type="submit" disabled={doing.busy}>
            {profile === null ? "Create profile" : "Save"}
          </button>
        </p>
      </form>
    </Dialog>
  );
}

/** Null: the qualities are none. The API judges the rest. */
function profileIn(form: HTMLFormElement): object | null {
  const rungs = rungsIn(textOf(form, "rungs"));
  if (rungs === null) return null;
  return {
    name: textOf(form, "name"),
    rungs,
    effort: textOf(form, "effort"),
    crf: Number(textOf(form, "crf")),
    maxFrameRate: Number(textOf(form, "maxFrameRate")),
    av1: textOf(form, "av1") !== "",
    opus: textOf(form, "opus") !== "",
    perTitle: textOf(form, "perTitle") !== "",
  };
}
