import { describe, expect, test } from "vitest";
import {
  deployPlan,
  givenSecrets,
  missingSecrets,
  secretsFilePlaceholder,
  type AccountFacts,
} from "./plan.ts";

const names = { database: "sluice", queues: ["sluice-transcode", "sluice-transcode-dead"] };
const fresh: AccountFacts = {
  databaseExists: false,
  queues: [],
  missingSecrets: ["SESSION_KEYS"],
  docker: true,
};
const deployed: AccountFacts = {
  databaseExists: true,
  queues: names.queues,
  missingSecrets: [],
  docker: true,
};

const commands = (facts: AccountFacts) => deployPlan(names, facts).map((step) => step.args.join(" "));

describe("deployPlan", () => {
  test("creates database and queues, migrates, then deploys with secrets on an empty account", () => {
    expect(commands(fresh)).toEqual([
      "d1 create sluice",
      "queues create sluice-transcode",
      "queues create sluice-transcode-dead",
      "d1 migrations apply sluice --remote",
      `deploy --secrets-file ${secretsFilePlaceholder}`,
    ]);
  });

  test("only migrates and deploys where everything exists, and leaves the secrets alone", () => {
    expect(commands(deployed)).toEqual(["d1 migrations apply sluice --remote", "deploy"]);
  });

  test("creates only the queues that are missing", () => {
    expect(commands({ ...deployed, queues: ["sluice-transcode"] })).toContain(
      "queues create sluice-transcode-dead",
    );
    expect(commands({ ...deployed, queues: ["sluice-transcode"] })).not.toContain(
      "queues create sluice-transcode",
    );
  });

  test("never needs an image build without Docker, and says that runners are outside", () => {
    expect(commands({ ...deployed, docker: false }).at(-1)).toBe(
      "deploy --containers-rollout none --var RUNNER_FLEET:external",
    );
  });
});

describe("missingSecrets", () => {
  const names = ["SESSION_KEYS", "RUNNER_TOKEN"];
  test("are those that the list does not name, so that one in use is never replaced", () => {
    const output = '[{"name": "SESSION_KEYS", "type": "secret_text"}]';
    expect(missingSecrets(names, { ok: true, output })).toEqual(["RUNNER_TOKEN"]);
  });
  test("are all for a Worker that does not exist yet", () => {
    const output = "This Worker does not exist on your account. [code: 10007]";
    expect(missingSecrets(names, { ok: false, output })).toEqual(names);
  });
  test("are unknown when the list can't be had, and nothing is generated then", () => {
    expect(missingSecrets(names, { ok: false, output: "fetch failed" })).toBeNull();
  });
});

test("optional secrets are taken from the environment, where they are there", () => {
  expect(givenSecrets({ R2_S3_ACCESS_KEY_ID: "id", R2_S3_SECRET_ACCESS_KEY: "", HOME: "/" })).toEqual({
    R2_S3_ACCESS_KEY_ID: "id",
  });
});
