import { formatBytes, formatTimeLeft } from "../design/format.ts";
import { WatchLink } from "../live/watch-link.tsx";
import { wordsOf } from "../live/words.ts";
import type { Item } from "./upload-queue.ts";

interface RowActions {
  readonly onPause: () => void;
  readonly onResume: () => void;
  readonly onRemove: () => void;
  readonly onKey: () => void;
}

export function UploadRow({ item, ...actions }: { item: Item } & RowActions) {
  const progress = progressOf(item);
  return (
    <li class="row card">
      <div class="row-head">
        <span class="file-name">{item.name}</span>
        <StatePill item={item} />
      </div>
      <progress
        max={100}
        {...(progress === null ? {} : { value: progress })}
        aria-label={`Progress of ${item.name}`}
      />
      <div class="row-foot">
        <p class="row-detail" role="status">
          {detailOf(item)}
        </p>
        <p class="row-actions">
          <Actions item={item} {...actions} />
        </p>
      </div>
    </li>
  );
}

/** Percent of the stage that runs; null while its length is not known. */
function progressOf({ stage, sentBytes, sizeBytes }: Item): number | null {
  if (stage.kind !== "encoding") return sizeBytes === 0 ? 0 : (sentBytes / sizeBytes) * 100;
  if (stage.followed === null || stage.followed.video.status.state === "uploaded") return null;
  return stage.followed.video.status.state === "ready" ? 100 : stage.followed.percent;
}

function detailOf({ stage, sentBytes, sizeBytes, bytesPerSecond, secondsLeft }: Item): string {
  const amount = `${formatBytes(sentBytes)} of ${formatBytes(sizeBytes)}`;
  switch (stage.kind) {
    case "waiting":
      return `${formatBytes(sizeBytes)} · waits for its turn`;
    case "paused":
      return `${amount} · paused`;
    case "failed":
      return stage.failure.message;
    case "sending": {
      const speed = bytesPerSecond === null ? null : `${formatBytes(bytesPerSecond)}/s`;
      const left = secondsLeft === null ? null : formatTimeLeft(secondsLeft);
      return [amount, speed, left].filter((part) => part !== null).join(" · ");
    }
    case "encoding":
      return stage.followed === null ? "Uploaded" : wordsOf(stage.followed).detail;
  }
}

function StatePill({ item: { stage } }: { item: Item }) {
  switch (stage.kind) {
    case "waiting":
      return <span class="pill">In line</span>;
    case "sending":
      return <span class="pill busy">Uploading</span>;
    case "paused":
      return <span class="pill">Paused</span>;
    case "failed":
      return <span class="pill bad">Stopped</span>;
    case "encoding": {
      if (stage.followed === null) return <span class="pill busy">Uploaded</span>;
      const { pill, mood } = wordsOf(stage.followed);
      return <span class={`pill ${mood}`}>{pill}</span>;
    }
  }
}

function Actions({ item: { name, stage }, onPause, onResume, onRemove, onKey }: { item: Item } & RowActions) {
  const remove = (label: string) => (
    <button class="button small quiet" type="button" aria-label={`${label} ${name}`} onClick={onRemove}>
      {label}
    </button>
  );
  const resume = (label: string) => (
    <button class="button small" type="button" aria-label={`${label} ${name}`} onClick={onResume}>
      {label}
    </button>
  );
  switch (stage.kind) {
    case "waiting":
    case "sending":
      return (
        <>
          <button class="button small" type="button" aria-label={`Pause ${name}`} onClick={onPause}>
            Pause
          </button>
          {remove("Cancel")}
        </>
      );
    case "paused":
      return (
        <>
          {resume("Resume")}
          {remove("Cancel")}
        </>
      );
    case "failed":
      return (
        <>
          {stage.failure.remedy === "again" && resume("Resume")}
          {stage.failure.remedy === "key" && (
            <button class="button small" type="button" onClick={onKey}>
              Use another key
            </button>
          )}
          {remove("Cancel")}
        </>
      );
    case "encoding":
      return (
        <>
          {stage.followed !== null && (
            <WatchLink video={stage.followed.video} class="button small primary" label={`Watch ${name}`}>
              Watch
            </WatchLink>
          )}
          {remove("Hide")}
        </>
      );
  }
}
