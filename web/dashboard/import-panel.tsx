// Files that are fetched from where they are: one field, and how far each is.
import { useEffect, useState } from "preact/hooks";
import type { Import } from "#workers/imports/contract.ts";
import { formatBytes } from "../design/format.ts";
import { useDashboard } from "./context.ts";
import { Fault, Field, formOf, Section, textOf, useDoing, When } from "./parts.tsx";
import { addressOf } from "./route.ts";
import { settingsFields, type VideoSettings } from "./video-settings.ts";

const everyMs = 2_000;
const shown = 5;
const pills = {
  queued: { text: "Waiting", mood: "busy" },
  fetching: { text: "Fetching", mood: "busy" },
  completed: { text: "Fetched", mood: "good" },
  failed: { text: "Failed", mood: "bad" },
  cancelled: { text: "Cancelled", mood: "" },
} as const satisfies Record<Import["state"], { readonly text: string; readonly mood: string }>;

export function ImportPanel({ settings }: { settings: VideoSettings }) {
  const { api } = useDashboard();
  const doing = useDoing();
  const [imports, setImports] = useState<readonly Import[]>([]);
  const [turn, setTurn] = useState(0);
  const isOpen = imports.some(({ state }) => state === "queued" || state === "fetching");
  useEffect(() => {
    const ended = new AbortController();
    const look = (): void =>
      void api.get<{ data: readonly Import[] }>(`/v1/imports?limit=${shown}`, ended.signal).then((answer) => {
        if (answer.ok && !ended.signal.aborted) setImports(answer.value.data);
      });
    look();
    const timer = isOpen ? setInterval(look, everyMs) : undefined;
    return () => {
      clearInterval(timer);
      ended.abort();
    };
  }, [api, isOpen, turn]);
  const begin = (event: SubmitEvent): void => {
    const form = formOf(event);
    doing.run(
      () =>
        api.send<Import>("POST", "/v1/imports", { ...settingsFields(settings), url: textOf(form, "url") }),
      () => {
        form.reset();
        setTurn((before) => before + 1);
      },
    );
  };
  return (
    <Section
      title="Import from a URL"
      about="The file is fetched from there, and goes on where it broke off."
    >
      <form class="stack" onSubmit={begin}>
        <Field label="URL of a film" hint="https, at a public name.">
          {(ids) => <input {...ids} type="url" name="url" required maxLength={4096} autocomplete="off" />}
        </Field>
        <Fault text={doing.fault} />
        <p>
          <button class="button" type="submit" disabled={doing.busy}>
            Import
          </button>
        </p>
      </form>
      {imports.length > 0 && (
        <ul class="rows-list" aria-label="Imports">
          {imports.map((each) => (
            <ImportRow key={each.id} of={each} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function ImportRow({ of }: { of: Import }) {
  const { text, mood } = pills[of.state];
  const ofAll = of.sizeBytes === null ? "" : ` of ${formatBytes(of.sizeBytes)}`;
  return (
    <li>
      <div class="grow">
        <a class="name" href={addressOf({ page: "video", videoId: of.videoId, tab: "overview" })}>
          {decoded(of.url.split("/").at(-1) ?? "") || of.url}
        </a>
        <p class="meta">
          <When at={of.createdAt} />
          <span>{`${formatBytes(of.receivedBytes)}${ofAll}`}</span>
          {of.error !== null && <code>{of.error.code}</code>}
        </p>
      </div>
      {of.state === "fetching" && of.sizeBytes !== null && (
        <progress max={of.sizeBytes} value={of.receivedBytes} aria-label="Fetched" />
      )}
      <span class={`pill ${mood}`}>{text}</span>
    </li>
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
