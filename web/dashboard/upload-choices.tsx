// What the videos of the next files are to be like.
import type { RefObject } from "preact";
import type { ProfileView } from "#workers/transcoding/profile-contract.ts";
import type { VideoChoices } from "../upload/transfer.ts";
import { useDashboard } from "./context.ts";
import { useLoaded } from "./loading.tsx";
import { Field, textOf } from "./parts.tsx";

const builtIn = ["standard", "mobile", "premium", "passthrough"];

export function UploadChoices({ form }: { form: RefObject<HTMLFormElement | null> }) {
  const { api } = useDashboard();
  const path = "/v1/encoding-profiles?limit=100";
  const profiles = useLoaded<{ data: readonly ProfileView[] }>(path, (signal) => api.get(path, signal));
  const own =
    profiles.state.kind === "loaded" ? profiles.state.value.data.filter((profile) => !profile.builtIn) : [];
  return (
    <form ref={form} class="panel" onSubmit={(event) => event.preventDefault()}>
      <details class="stack">
        <summary class="name">What they are to be like</summary>
        <div class="columns">
          <Field label="Who may watch" hint="Signed: only with a token.">
            {(ids) => (
              <select {...ids} name="playbackPolicy">
                <option value="public">Public</option>
                <option value="signed">Signed</option>
              </select>
            )}
          </Field>
          <Field label="Encoding" hint="Passthrough plays the file as it is.">
            {(ids) => (
              <select {...ids} name="encoding">
                {[...builtIn.map((name) => ({ id: name, name })), ...own].map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label="Creator" hint="Your own id of whoever made them. May be empty.">
            {(ids) => <input {...ids} name="creator" maxLength={100} autocomplete="off" />}
          </Field>
          <Field label="Tags" hint="With commas between. May be empty.">
            {(ids) => <input {...ids} name="tags" autocomplete="off" />}
          </Field>
        </div>
      </details>
    </form>
  );
}

export function choicesIn(form: HTMLFormElement | null): VideoChoices {
  if (form === null) return {};
  const creator = textOf(form, "creator");
  const tags = textOf(form, "tags")
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
  return {
    playbackPolicy: textOf(form, "playbackPolicy"),
    encoding: textOf(form, "encoding"),
    ...(creator === "" ? {} : { creator }),
    ...(tags.length === 0 ? {} : { tags: JSON.stringify(tags) }),
  };
}
