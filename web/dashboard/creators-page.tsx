// One creator: what they have, and how much they may. The API lists none, so one is named.
import { useState } from "preact/hooks";
import type { z } from "@hono/zod-openapi";
import type { creatorUsageSchema, quotaSchema } from "#workers/quotas/contract.ts";
import { formatBytes } from "../design/format.ts";
import { useDashboard } from "./context.ts";
import { filtersIn, withFilters } from "./filter.ts";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { navigate } from "./navigation.ts";
import { Confirm, Fault, Field, Figure, formOf, PageHead, Section, textOf, useDoing } from "./parts.tsx";
import { bytesInGigabyte, limitIn, limitText } from "./quota-limits.ts";
import { addressOf } from "./route.ts";
import { may } from "./session.ts";

type CreatorUsage = z.infer<typeof creatorUsageSchema>;
type Quota = z.infer<typeof quotaSchema>;

export function CreatorsPage({ search }: { search: string }) {
  const { creator = "" } = filtersIn(search, ["creator"]);
  const find = (event: SubmitEvent): void =>
    navigate({
      page: "creators",
      search: withFilters(search, { creator: textOf(formOf(event), "creator") }),
    });
  return (
    <>
      <PageHead title="Creators" />
      <form class="ask" onSubmit={find}>
        <Field label="Creator">
          {(ids) => (
            <input {...ids} key={creator} name="creator" required maxLength={100} defaultValue={creator} />
          )}
        </Field>
        <button class="button" type="submit">
          Show
        </button>
      </form>
      {creator === "" ? (
        <Nothing title="Name a creator">
          <p>By your own id of whoever made videos: what they have is shown, and how much they may have.</p>
        </Nothing>
      ) : (
        <Creator key={creator} creator={creator} />
      )}
    </>
  );
}

function Creator({ creator }: { creator: string }) {
  const { api, session } = useDashboard();
  const path = `/v1/creators/${encodeURIComponent(creator)}`;
  const loaded = useLoaded<CreatorUsage>(path, (signal) => api.get(`${path}/usage`, signal));
  return (
    <Shown of={loaded} rows={3}>
      {({ minutes, bytes, heldBytes, quota }) => (
        <>
          <Section
            title={creator}
            about="What is there now, and of how much."
            actions={
              <a
                class="button small"
                href={addressOf({ page: "videos", search: withFilters("", { creator }) })}
              >
                Videos
              </a>
            }
          >
            <dl class="figures">
              <Figure name="Minutes" value={outOf(String(minutes), quota?.maxMinutes, String)} />
              <Figure name="Files" value={outOf(formatBytes(bytes), quota?.maxBytes, formatBytes)} />
              <Figure name="Held by uploads" value={formatBytes(heldBytes)} />
              <Figure
                name="Encodes at once"
                value={limitText(quota?.maxSimultaneousEncodes ?? null) || "any"}
              />
            </dl>
          </Section>
          {may(session, "admin") && <QuotaForm path={`${path}/quota`} quota={quota} reload={loaded.reload} />}
        </>
      )}
    </Shown>
  );
}

function outOf(used: string, limit: number | null | undefined, words: (limit: number) => string): string {
  return limit === null || limit === undefined ? used : `${used} of ${words(limit)}`;
}

interface QuotaFormProps {
  readonly path: string;
  readonly quota: Quota | null;
  readonly reload: () => void;
}

function QuotaForm({ path, quota, reload }: QuotaFormProps) {
  const { api } = useDashboard();
  const doing = useDoing();
  const [saved, setSaved] = useState(false);
  const [lifting, setLifting] = useState(false);
  const save = (event: SubmitEvent): void => {
    const form = formOf(event);
    const minutes = textOf(form, "minutes");
    const body: Quota = {
      maxMinutes: minutes === "" ? null : Number(minutes),
      maxBytes: limitIn(textOf(form, "gigabytes"), bytesInGigabyte),
      maxSimultaneousEncodes: limitIn(textOf(form, "encodes")),
    };
    setSaved(false);
    doing.run(
      () => api.send("PUT", path, body),
      () => {
        setSaved(true);
        reload();
      },
    );
  };
  return (
    <Section
      title="Quota"
      about="What does not fit is refused; what is there stays. An empty field is no limit."
    >
      {/* Lifted, the fields are empty. */}
      <form key={String(quota === null)} class="stack" onSubmit={save}>
        <div class="columns">
          <Limit label="Minutes of film" name="minutes" value={limitText(quota?.maxMinutes ?? null)} />
          <Limit
            label="Gigabytes of files"
            name="gigabytes"
            value={limitText(quota?.maxBytes ?? null, bytesInGigabyte)}
          />
          <Limit
            label="Encodes at once"
            name="encodes"
            value={limitText(quota?.maxSimultaneousEncodes ?? null)}
            least={1}
          />
        </div>
        <Fault text={doing.fault} />
        <p class="line">
          <button class="button primary" type="submit" disabled={doing.busy}>
            Save
          </button>
          {quota !== null && (
            <button class="button" type="button" onClick={() => setLifting(true)}>
              Lift the quota
            </button>
          )}
          <span class="soft" role="status">
            {saved ? "Saved" : ""}
          </span>
        </p>
      </form>
      {lifting && (
        <Confirm
          title="Lift this quota?"
          text="They may have as much as they like."
          label="Lift it"
          ask={() => api.send("DELETE", path)}
          onDone={() => {
            setLifting(false);
            setSaved(false);
            reload();
          }}
          onClose={() => setLifting(false)}
        />
      )}
    </Section>
  );
}

interface LimitProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  /** Where it counts things. */
  readonly least?: number;
}

function Limit({ label, name, value, least }: LimitProps) {
  return (
    <Field label={label}>
      {(ids) => (
        <input
          {...ids}
          name={name}
          type="number"
          min={least ?? 0}
          step={least === undefined ? "any" : 1}
          defaultValue={value}
        />
      )}
    </Field>
  );
}
