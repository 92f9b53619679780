// What the videos of the next files are made with. Files that are in line already keep what they came with.
import { ok } from "#workers/result.ts";
import type { ProfileView } from "#workers/transcoding/profile-contract.ts";
import { useDashboard } from "./context.ts";
import { useLoaded } from "./loading.tsx";
import { Field } from "./parts.tsx";
import { may } from "./session.ts";
import { tagsIn, type VideoSettings } from "./video-settings.ts";

const builtIn = ["standard", "mobile", "premium", "passthrough"];

interface SettingsPanelProps {
  readonly settings: VideoSettings;
  readonly onChange: (settings: VideoSettings) => void;
}

export function SettingsPanel({ settings, onChange }: SettingsPanelProps) {
  const { api, session } = useDashboard();
  const { state } = useLoaded<{ data: readonly ProfileView[] }>("profiles", async (signal) =>
    may(session, "videos:read") ? api.get("/v1/encoding-profiles?limit=100", signal) : ok({ data: [] }),
  );
  const own = state.kind === "loaded" ? state.value.data : [];
  const { playbackPolicy, encoding } = settings;
  const words = [playbackPolicy, own.find(({ id }) => id === encoding)?.name ?? encoding];
  return (
    <details class="panel">
      <summary>
        <span class="name">New videos</span>{" "}
        <span class="soft">
          {[...words, settings.creator, ...settings.tags].filter((word) => word !== "").join(" · ")}
        </span>
      </summary>
      <div class="columns">
        <Field label="Who may watch" hint="Public: whoever has the address. Signed: only with a token.">
          {(ids) => (
            <select
              {...ids}
              value={playbackPolicy}
              onChange={(event) => onChange({ ...settings, playbackPolicy: event.currentTarget.value })}
            >
              <option value="public">Public</option>
              <option value="signed">Signed</option>
            </select>
          )}
        </Field>
        <Field label="Encoding" hint="passthrough makes nothing: the file plays as it is, or fails.">
          {(ids) => (
            <select
              {...ids}
              value={encoding}
              onChange={(event) => onChange({ ...settings, encoding: event.currentTarget.value })}
            >
              {builtIn.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
              {own.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Creator" hint="Your own id of whoever made them. May be empty.">
          {(ids) => (
            <input
              {...ids}
              maxLength={100}
              defaultValue={settings.creator}
              onInput={(event) => onChange({ ...settings, creator: event.currentTarget.value.trim() })}
            />
          )}
        </Field>
        <Field label="Tags" hint="With commas between.">
          {(ids) => (
            <input
              {...ids}
              defaultValue={settings.tags.join(", ")}
              onInput={(event) => onChange({ ...settings, tags: tagsIn(event.currentTarget.value) })}
            />
          )}
        </Field>
      </div>
    </details>
  );
}
