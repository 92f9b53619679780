// What a creator may have, and has.
import { useState } from "preact/hooks";
import type { CreatorUsage } from "#workers/quotas/contract.ts";
import { formatBytes } from "../design/format.ts";
import { useDashboard } from "./context.ts";
import { Shown, useLoaded } from "./loading.tsx";
import { Fault, Field, formOf, Section, textOf, useDoing } from "./parts.tsx";

const gigabyte = 1_000_000_000;

export function QuotaSection() {
  const [creator, setCreator] = useState("");
  return (
    <Section title="Quotas" about="How much a creator may have. Without one: as much as they like.">
      <form
        class="ask"
        onSubmit={(event) => {
          event.preventDefault();
          setCreator(textOf(formOf(event), "creator"));
        }}
      >
        <Field label="Creator" hint="Your own id of whoever made the videos.">
          {(ids) => <input {...ids} name="creator" required maxLength={100} autocomplete="off" />}
        </Field>
        <button class="button" type="submit">
          Look
        </button>
      </form>
      {creator !== "" && <Quota key={creator} creator={creator} />}
    </Section>
  );
}

function Quota({ creator }: { creator: string }) {
  const { api } = useDashboard();
  const doing = useDoing();
  const path = `/v1/creators/${encodeURIComponent(creator)}`;
  const usage = useLoaded<CreatorUsage>(path, (signal) => api.get(`${path}/usage`, signal));
  const save = (event: SubmitEvent): void => {
    const form = formOf(event);
    const numberOf = (name: string, of = 1): number | null => {
      const text = textOf(form, name);
      return text === "" ? null : Number(text) * of;
    };
    const bytes = numberOf("gigabytes", gigabyte);
    const quota = {
      maxMinutes: numberOf("maxMinutes"),
      maxBytes: bytes === null ? null : Math.round(bytes),
      maxSimultaneousEncodes: numberOf("maxSimultaneousEncodes"),
    };
    doing.run(() => api.send("PUT", `${path}/quota`, quota), usage.reload);
  };
  return (
    <Shown of={usage} rows={2}>
      {({ minutes, bytes, heldBytes, quota }) => (
        <form class="stack" onSubmit={save}>
          <p class="line" role="status">
            <span>{`${minutes} minutes, ${formatBytes(bytes)}`}</span>
            {heldBytes > 0 && <span class="soft">{`${formatBytes(heldBytes)} held for uploads`}</span>}
          </p>
          <div class="columns">
            <Field label="Minutes" hint="Empty: no limit.">
              {(ids) => (
                <input
                  {...ids}
                  name="maxMinutes"
                  type="number"
                  min={0}
                  step="any"
                  defaultValue={String(quota?.maxMinutes ?? "")}
                />
              )}
            </Field>
            <Field label="Gigabytes" hint="Of files that were uploaded. Empty: no limit.">
              {(ids) => (
                <input
                  {...ids}
                  name="gigabytes"
                  type="number"
                  min={0}
                  step="any"
                  defaultValue={quota?.maxBytes == null ? "" : String(quota.maxBytes / gigabyte)}
                />
              )}
            </Field>
            <Field label="Encodes at a time" hint="Empty: no limit.">
              {(ids) => (
                <input
                  {...ids}
                  name="maxSimultaneousEncodes"
                  type="number"
                  min={1}
                  defaultValue={String(quota?.maxSimultaneousEncodes ?? "")}
                />
              )}
            </Field>
          </div>
          <Fault text={doing.fault} />
          <p class="line">
            <button class="button primary" type="submit" disabled={doing.busy}>
              Save quota
            </button>
            {quota !== null && (
              <button
                class="button"
                type="button"
                disabled={doing.busy}
                onClick={() => doing.run(() => api.send("DELETE", `${path}/quota`), usage.reload)}
              >
                Lift it
              </button>
            )}
          </p>
        </form>
      )}
    </Shown>
  );
}
