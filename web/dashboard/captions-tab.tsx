import { useState } from "preact/hooks";
import type { Caption } from "#workers/captions/contract.ts";
import { counted } from "../design/format.ts";
import { useDashboard } from "./context.ts";
import { cuesOf, type Cue } from "./cues.ts";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { Confirm, Dialog, Fault, Field, formOf, Section, textOf, useDoing } from "./parts.tsx";
import { may } from "./session.ts";
import type { TabProps } from "./video-page.tsx";

export function CaptionsTab({ video }: TabProps) {
  const { api, session } = useDashboard();
  const path = `/v1/videos/${encodeURIComponent(video.id)}/captions`;
  const loaded = useLoaded<{ data: readonly Caption[] }>(path, (signal) => api.get(path, signal));
  const [preview, setPreview] = useState<Caption | null>(null);
  const [removing, setRemoving] = useState<Caption | null>(null);
  const change = useDoing();
  const write = may(session, "videos:write");
  return (
    <>
      <Section title="Captions" about="WebVTT, in HLS and in DASH. Players are told at their next load.">
        <Fault text={change.fault} />
        <Shown of={loaded} rows={2}>
          {({ data }) =>
            data.length === 0 ? (
              <Nothing title="No captions yet">{write && <p>Upload a WebVTT or SRT file below.</p>}</Nothing>
            ) : (
              <ul class="rows-list">
                {data.map((caption) => (
                  <li key={caption.id}>
                    <div class="grow">
                      <p class="name">{caption.label}</p>
                      <p class="meta">
                        <code>{caption.id}</code>
                        <span>{caption.kind}</span>
                        <span>
                          {caption.origin === "source"
                            ? "from the source"
                            : counted(caption.cues ?? 0, "cue")}
                        </span>
                      </p>
                    </div>
                    {caption.default && <span class="pill good">Default</span>}
                    {caption.forced && <span class="pill">Forced</span>}
                    {caption.hidden && <span class="pill">Hidden</span>}
                    <span class="line">
                      <button class="button small" type="button" onClick={() => setPreview(caption)}>
                        Preview
                      </button>
                      {write && !caption.default && (
                        <button
                          class="button small"
                          type="button"
                          disabled={change.busy}
                          onClick={() =>
                            change.run(
                              () => api.send("PATCH", `${path}/${caption.id}`, { default: true }),
                              loaded.reload,
                            )
                          }
                        >
                          Make default
                        </button>
                      )}
                      {write && caption.origin === "uploaded" && (
                        <button
                          class="button small quiet"
                          type="button"
                          aria-label={`Delete ${caption.label}`}
                          onClick={() => setRemoving(caption)}
                        >
                          Delete
                        </button>
                      )}
                    </span>
                  </li>
                ))}
              </ul>
            )
          }
        </Shown>
      </Section>
      {write && <UploadCaption path={path} onDone={loaded.reload} />}
      {preview !== null && <Preview path={path} caption={preview} onClose={() => setPreview(null)} />}
      {removing !== null && (
        <Confirm
          title="Delete these captions?"
          text={`“${removing.label}” goes from every player at its next load.`}
          label="Delete them"
          ask={() => api.send("DELETE", `${path}/${removing.id}`)}
          onDone={() => {
            setRemoving(null);
            loaded.reload();
          }}
          onClose={() => setRemoving(null)}
        />
      )}
    </>
  );
}

function UploadCaption({ path, onDone }: { path: string; onDone: () => void }) {
  const { api } = useDashboard();
  const doing = useDoing();
  const [fault, setFault] = useState("");
  const send = (event: SubmitEvent): void => {
    const form = formOf(event);
    const file = new FormData(form).get("file");
    if (!(file instanceof File) || file.size === 0) {
      setFault("Choose a file.");
      return;
    }
    setFault("");
    const query = new URLSearchParams();
    const label = textOf(form, "label");
    if (label !== "") query.set("label", label);
    if (textOf(form, "default") === "on") query.set("default", "true");
    const type = /\.srt$/i.test(file.name) ? "application/x-subrip" : "text/vtt";
    const url = `${path}/${encodeURIComponent(textOf(form, "language"))}?${query.toString()}`;
    doing.run(
      () => api.put(url, file, type),
      () => {
        form.reset();
        onDone();
      },
    );
  };
  return (
    <Section title="Upload captions">
      <form class="stack" onSubmit={send}>
        <div class="columns">
          <Field label="File" hint="WebVTT or SRT.">
            {(ids) => <input {...ids} name="file" type="file" accept=".vtt,.srt,text/vtt" required />}
          </Field>
          <Field label="Language" hint="BCP 47, as in en or pt-BR.">
            {(ids) => <input {...ids} name="language" required maxLength={35} placeholder="en" />}
          </Field>
          <Field label="Label" hint="Shown in menus. Empty: the language's name.">
            {(ids) => <input {...ids} name="label" maxLength={100} />}
          </Field>
        </div>
        <label class="check">
          <input type="checkbox" name="default" /> Shown unless a viewer chooses otherwise
        </label>
        <Fault text={fault === "" ? doing.fault : fault} />
        <p>
          <button class="button primary" type="submit" disabled={doing.busy}>
            Upload
          </button>
        </p>
      </form>
    </Section>
  );
}

function Preview({ path, caption, onClose }: { path: string; caption: Caption; onClose: () => void }) {
  const { api } = useDashboard();
  const url = `${path}/${caption.id}.vtt`;
  const loaded = useLoaded<string>(url, (signal) => api.getText(url, signal));
  return (
    <Dialog title={caption.label} onClose={onClose}>
      <Shown of={loaded} rows={3}>
        {(text) => <Cues cues={cuesOf(text)} />}
      </Shown>
    </Dialog>
  );
}

const mostCues = 1_000;

function Cues({ cues }: { cues: readonly Cue[] }) {
  if (cues.length === 0) return <Nothing title="It says nothing" />;
  return (
    <>
      <dl class="cues" tabindex={0} aria-label="Cues">
        {cues.slice(0, mostCues).map(({ from, to, text }) => (
          <div key={`${from} ${text}`}>
            <dt>
              <span class="id">{from}</span> <span class="soft id">{`to ${to}`}</span>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {cues.length > mostCues && <p class="soft">{`And ${cues.length - mostCues} more.`}</p>}
    </>
  );
}
