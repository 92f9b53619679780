import { expect, it } from "vitest";
import { queueKind } from "./queue-kind.ts";

it.each([
  ["sluice-transcode", "transcode"],
  ["sluice-transcode-priority", "transcode-priority"],
  ["sluice-staging-transcode-priority-dead", "transcode-priority-dead"],
  ["sluice-staging-webhooks", "webhooks"],
  ["sluice-dev-erase-dead", "erase-dead"],
  ["sluice-erased", null],
  ["somebody-elses-erase", null],
])("%s is for %s", (name, kind) => {
  expect(queueKind(name)).toBe(kind);
});
