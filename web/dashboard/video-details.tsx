import { useState } from "preact/hooks";
import { useDashboard } from "./context.ts";
import { Fault, Field, formOf, Section, textOf, useDoing } from "./parts.tsx";
import type { TabProps } from "./video-page.tsx";

/** What its owner says of it. */
export function VideoDetails({ video, reload }: TabProps) {
  const { api } = useDashboard();
  const doing = useDoing();
  const [fault, setFault] = useState("");
  const [saved, setSaved] = useState(false);
  const save = (event: SubmitEvent): void => {
    const form = formOf(event);
    const metadata = metadataIn(textOf(form, "metadata"));
    setSaved(false);
    setFault(metadata === null ? "Write metadata as lines of name=value." : "");
    if (metadata === null) return;
    const creator = textOf(form, "creator");
    const change = {
      title: textOf(form, "title"),
      creator: creator === "" ? null : creator,
      tags: textOf(form, "tags")
        .split(",")
        .map((tag) => tag.trim())
        .filter((tag) => tag !== ""),
      metadata,
      deleteAt: momentOf(textOf(form, "deleteAt")),
    };
    doing.run(
      () => api.send("PATCH", `/v1/videos/${encodeURIComponent(video.id)}`, change),
      () => {
        setSaved(true);
        reload();
      },
    );
  };
  const lines = Object.entries(video.metadata).map(([name, value]) => `${name}=${value}`);
  return (
    <Section title="Details">
      <form class="stack" onSubmit={save}>
        <div class="columns">
          <Field label="Title">
            {(ids) => <input {...ids} name="title" maxLength={200} defaultValue={video.title} />}
          </Field>
          <Field label="Creator" hint="Your own id of whoever made it.">
            {(ids) => <input {...ids} name="creator" maxLength={100} defaultValue={video.creator ?? ""} />}
          </Field>
          <Field label="Tags" hint="With commas between.">
            {(ids) => <input {...ids} name="tags" defaultValue={video.tags.join(", ")} />}
          </Field>
          <Field label="Delete at" hint="It goes by itself then, for good. Empty: it stays.">
            {(ids) => (
              <input
                {...ids}
                name="deleteAt"
                type="datetime-local"
                defaultValue={localTime(video.deleteAt)}
              />
            )}
          </Field>
          <Field label="Metadata" hint="Lines of name=value.">
            {(ids) => (
              <textarea
                {...ids}
                name="metadata"
                rows={Math.max(2, lines.length)}
                defaultValue={lines.join("\n")}
              />
            )}
          </Field>
        </div>
        <Fault text={fault === "" ? doing.fault : fault} />
        <p class="line">
          <button class="button primary" type="submit" disabled={doing.busy}>
            Save
          </button>
          <span class="soft" role="status">
            {saved ? "Saved" : ""}
          </span>
        </p>
      </form>
    </Section>
  );
}

/** Null: a line is no pair. */
function metadataIn(text: string): Readonly<Record<string, string>> | null {
  const pairs: [string, string][] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const at = line.indexOf("=");
    if (at < 1) return null;
    pairs.push([line.slice(0, at).trim(), line.slice(at + 1).trim()]);
  }
  return Object.fromEntries(pairs);
}

/** What a field of a time says is by the clock of whoever reads it. */
const momentOf = (text: string): string | null => (text === "" ? null : new Date(text).toISOString());

function localTime(iso: string | null): string {
  if (iso === null) return "";
  const at = new Date(iso);
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
