// How the deployment is, check by check, and how to mend what is not well.
import type { CheckName, CheckState, DoctorCheck, DoctorReport } from "#workers/doctor/contract.ts";
import { useDashboard } from "./context.ts";
import { Shown, useLoaded } from "./loading.tsx";
import { PageHead, Section, When } from "./parts.tsx";
import { WithCode } from "./with-code.tsx";

const labels: Readonly<Record<CheckName, string>> = {
  database: "Database",
  schema: "Schema",
  bucket: "Bucket",
  durableObjects: "Durable Objects",
  secrets: "Secrets",
  sealedSecrets: "Sealed secrets",
  settings: "Settings",
  rateLimits: "Rate limits",
  bucketCors: "CORS of the bucket",
  cache: "Cache",
  clock: "Clock",
  queues: "Queues",
  cron: "Cron",
  outbox: "Outbox",
  erasing: "Erasing",
  runners: "Runners",
  deadLetters: "Failed videos",
  webhooks: "Webhooks",
};
const pills = {
  ok: { text: "Well", mood: "good" },
  warning: { text: "Look at it", mood: "busy" },
  failed: { text: "Broken", mood: "bad" },
} as const satisfies Record<CheckState, { readonly text: string; readonly mood: string }>;
const worstFirst: readonly CheckState[] = ["failed", "warning", "ok"];

export function DoctorPage() {
  const { api } = useDashboard();
  const path = "/v1/doctor";
  const loaded = useLoaded<DoctorReport>(path, (signal) => api.get(path, signal));
  return (
    <>
      <PageHead title="Doctor">
        <button class="button" type="button" onClick={loaded.reload}>
          Examine again
        </button>
      </PageHead>
      <Shown of={loaded} rows={8}>
        {(report) => (
          <>
            <p class="line" role="status">
              <span class={`pill ${pills[report.state].mood}`}>{pills[report.state].text}</span>
              <span class="soft">{verdict(report)}</span>
              <span class="soft">
                <When at={report.checkedAt} />
              </span>
            </p>
            <Section title="Checks" about={`Release ${report.release}. What is not well comes first.`}>
              <ul class="rows-list">
                {worstFirst
                  .flatMap((state) => report.checks.filter((check) => check.state === state))
                  .map((check) => (
                    <CheckRow key={check.name} check={check} />
                  ))}
              </ul>
            </Section>
          </>
        )}
      </Shown>
    </>
  );
}

function verdict({ checks }: DoctorReport): string {
  const unwell = checks.filter(({ state }) => state !== "ok").length;
  if (unwell === 0) return `All ${checks.length} checks are well.`;
  return `${unwell} of ${checks.length} checks ${unwell === 1 ? "needs" : "need"} you.`;
}

function CheckRow({ check }: { check: DoctorCheck }) {
  const { text, mood } = pills[check.state];
  return (
    <li>
      <div class="grow">
        <p class="name">{labels[check.name]}</p>
        <p class="soft">
          <WithCode text={check.summary} />
        </p>
        {check.mend !== null && (
          <p>
            <WithCode text={check.mend} />
          </p>
        )}
      </div>
      <span class={`pill ${mood}`}>{text}</span>
    </li>
  );
}
