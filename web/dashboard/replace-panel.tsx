// Another file for the video, under the same ids: chosen, on its way, encoded, and the video's own or refused.
import { useEffect, useRef, useState } from "preact/hooks";
import type { CreatedUpload } from "#workers/uploads/contract.ts";
import type { Video } from "../api.ts";
import { formatBytes } from "../design/format.ts";
import { Transfer } from "../upload/transfer.ts";
import { useDashboard } from "./context.ts";
import { Fault, Field, formOf, Section, useDoing } from "./parts.tsx";
import { refusalWords } from "./refusal-words.ts";
import type { TabProps } from "./video-page.tsx";

type Sending =
  | { readonly kind: "nothing" }
  | { readonly kind: "sending"; readonly file: File; readonly sentBytes: number }
  | { readonly kind: "arrived" }
  | { readonly kind: "failed"; readonly fault: string };

export function ReplacePanel({ video, reload }: TabProps) {
  const { api } = useDashboard();
  const doing = useDoing();
  const [sending, setSending] = useState<Sending>({ kind: "nothing" });
  const transfer = useRef<Transfer | null>(null);
  useEffect(() => () => void transfer.current?.pause(), []);
  const send = (event: SubmitEvent): void => {
    const form = formOf(event);
    const file = new FormData(form).get("file");
    if (!(file instanceof File) || file.size === 0) return;
    const wanted = { videoId: video.id, replace: true, sizeBytes: file.size, fileName: file.name };
    doing.run(
      () => api.send<CreatedUpload>("POST", "/v1/uploads", wanted),
      ({ url }) => {
        form.reset();
        setSending({ kind: "sending", file, sentBytes: 0 });
        transfer.current = new Transfer(
          file,
          { kind: "made", url },
          {
            onProgress: (sentBytes) => setSending({ kind: "sending", file, sentBytes }),
            onFinished: () => {
              setSending({ kind: "arrived" });
              reload();
            },
            onFailed: (refusal) => setSending({ kind: "failed", fault: refusalWords(refusal) }),
          },
        );
        void transfer.current.start();
      },
    );
  };
  const cancel = (): void => {
    void transfer.current?.cancel();
    setSending({ kind: "nothing" });
  };
  return (
    <Section
      title="Replace the file"
      about="Ids, links, captions and clips stay. The film that is there plays until the new one does."
    >
      {video.replacement !== null && <Replacement video={video} reload={reload} />}
      {sending.kind === "sending" ? (
        <p class="line">
          <span class="grow">{sending.file.name}</span>
          <progress max={sending.file.size} value={sending.sentBytes} aria-label="Sent" />
          <span class="soft">{`${formatBytes(sending.sentBytes)} of ${formatBytes(sending.file.size)}`}</span>
          <button class="button small" type="button" onClick={cancel}>
            Cancel
          </button>
        </p>
      ) : (
        <form class="ask" onSubmit={send}>
          <Field label="New file">
            {(ids) => <input {...ids} name="file" type="file" accept="video/*,audio/*" required />}
          </Field>
          <button class="button" type="submit" disabled={doing.busy}>
            Replace
          </button>
        </form>
      )}
      <p class="soft" role="status">
        {sending.kind === "arrived" ? "The file has arrived." : ""}
      </p>
      <Fault text={sending.kind === "failed" ? sending.fault : doing.fault} />
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
