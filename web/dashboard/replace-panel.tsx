// Another file for the video, under the same ids: chosen, on its way, encoded, and the video's own or refused.
import type { Video } from "../api.ts";
import { useDashboard } from "./context.ts";
import { Fault, Field, formOf, Section, useDoing } from "./parts.tsx";
import { SendingFile, useSending } from "./sending.tsx";
import type { TabProps } from "./video-page.tsx";

export function ReplacePanel({ video, reload }: TabProps) {
  const sending = useSending(reload);
  return (
    <Section
      title="Replace the file"
      about="Ids, links, captions and clips stay. The film that is there plays until the new one does."
    >
      {video.replacement !== null && <Replacement video={video} reload={reload} />}
      <SendingFile of={sending}>
        <form
          class="ask"
          onSubmit={(event: SubmitEvent) => sending.send(formOf(event), { videoId: video.id, replace: true })}
        >
          <Field label="New file">
            {(ids) => <input {...ids} name="file" type="file" accept="video/*,audio/*" required />}
          </Field>
          <button class="button" type="submit" disabled={sending.busy}>
            Replace
          </button>
        </form>
      </SendingFile>
    </Section>
  );
}

function Replacement({ video, reload }: { video: Video; reload: () => void }) {
  const { api } = useDashboard();
  const doing = useDoing();
  const { replacement } = video;
  if (replacement === null) return null;
  const failed = replacement.state === "failed";
  return (
    <>
      <p class="line">
        <span class={`pill ${failed ? "bad" : "busy"}`}>{failed ? "Failed" : "Encoding"}</span>
        <span class="grow">
          {replacement.source.name ?? "The new file"}
          {replacement.error === null ? "" : `: ${replacement.error.message}`}
        </span>
        {!failed && <progress max={100} value={replacement.percent} aria-label="New file encoded" />}
        <button
          class="button small"
          type="button"
          disabled={doing.busy}
          onClick={() =>
            doing.run(
              () => api.send("DELETE", `/v1/videos/${encodeURIComponent(video.id)}/replacement`),
              reload,
            )
          }
        >
          {failed ? "Forget it" : "Keep the old file"}
        </button>
      </p>
      <Fault text={doing.fault} />
    </>
  );
}
