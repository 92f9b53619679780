// Pictures of the video, of which one is what its poster shows.
import { useState } from "preact/hooks";
import { formatClock } from "../design/format.ts";
import { useDashboard } from "./context.ts";
import { Fault, Field, formOf, Section, textOf, useDoing } from "./parts.tsx";
import type { Watchable } from "./player-frame.tsx";
import { may } from "./session.ts";
import type { TabProps } from "./video-page.tsx";

const pictureCount = 10;

export function ThumbnailPicker({ found, video, reload }: TabProps & { found: Watchable }) {
  const { api, playbackOrigin, session } = useDashboard();
  const doing = useDoing();
  const { posterTimeSeconds, durationSeconds } = video;
  const token = found.token === "" ? "" : `&token=${found.token}`;
  const at = (seconds: number): string =>
    `${playbackOrigin}/p/${found.playbackId.id}/thumbnail.jpg?time=${seconds}&width=320${token}`;
  const choose = (seconds: number | null): void =>
    doing.run(
      () => api.send("PATCH", `/v1/videos/${encodeURIComponent(video.id)}`, { posterTimeSeconds: seconds }),
      reload,
    );
  const write = may(session, "videos:write");
  return (
    <Section
      title="Thumbnails"
      about={
        posterTimeSeconds === null
          ? "The poster was chosen when the video was encoded. Take another picture for it."
          : `The poster shows ${formatClock(posterTimeSeconds)}.`
      }
      actions={
        write &&
        posterTimeSeconds !== null && (
          <button class="button small" type="button" disabled={doing.busy} onClick={() => choose(null)}>
            Back to the first one
          </button>
        )
      }
    >
      <ul class="strip">
        {momentsOf(durationSeconds ?? 0, posterTimeSeconds).map((seconds) => (
          <li key={seconds}>
            <button
              type="button"
              class="pick"
              disabled={!write || doing.busy}
              aria-pressed={seconds === posterTimeSeconds}
              aria-label={`Poster at ${formatClock(seconds)}`}
              onClick={() => choose(seconds)}
            >
              <Picture url={at(seconds)} />
              <span>{formatClock(seconds)}</span>
            </button>
          </li>
        ))}
      </ul>
      <Fault text={doing.fault} />
      {write && (
        <form class="ask" onSubmit={(event) => choose(Number(textOf(formOf(event), "seconds")))}>
          <Field label="Another moment, in seconds">
            {(ids) => (
              <input
                {...ids}
                name="seconds"
                type="number"
                min={0}
                max={Math.max(0, durationSeconds ?? 0)}
                step="any"
                required
              />
            )}
          </Field>
          <button class="button" type="submit" disabled={doing.busy}>
            Use it
          </button>
        </form>
      )}
    </Section>
  );
}

/** Evenly over the film, and the one that is chosen. */
function momentsOf(durationSeconds: number, chosen: number | null): readonly number[] {
  const even = Array.from({ length: pictureCount }, (_, at) =>
    Math.floor((durationSeconds * (at + 0.5)) / pictureCount),
  );
  return [...new Set(chosen === null ? even : [...even, chosen])].toSorted((a, b) => a - b);
}

function Picture({ url }: { url: string }) {
  const [broken, setBroken] = useState(false);
  if (broken) return <span class="missing">Not made yet</span>;
  return <img src={url} alt="" loading="lazy" onError={() => setBroken(true)} />;
}
